"""Importers: files that other programs write, to facts of one's own. Files only, no network.

An importer is a file here with a function `read(sources, asked) -> Imported`, and a line in `IMPORTERS`. In come the
texts of the files and what the command line says; out go rows in the columns of a file of facts, and what a reader
has to be told: columns that are not read, rows that are left out and why. Nothing is guessed: a price of 0 or a
placeholder is refused, and what the file does not say is asked for. Begin with `base`.
"""

# What each reads; `calc import KIND` runs `read` of the file of that name.
IMPORTERS = {
    "skypilot": "a SkyPilot catalogue (vms.csv): price of an instance and of each of its GPUs, by region",
    "genai-prices": "token prices, from the data.json of genai-prices or litellm's model_prices JSON",
    "focus": "a billing export in FOCUS columns: money paid by service, region and month",
    "sacct": "Slurm accounting (sacct --parsable2): GPU-hours, waiting, utilisation",
    "netbox": "NetBox device types and rack types (YAML) and power feeds (CSV): height, weight, limits; never power",
    "nvidia-smi": "nvidia-smi --query-gpu ... --format=csv: average draw and utilisation",
}
