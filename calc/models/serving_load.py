"""A load of requests: replicas, GPUs, power, queueing, and what a million tokens costs, own, rented or by API."""

from calc import ops
from calc.declarations import Check, Choice, Input, Verdict
from calc.units.vocabulary import (
    Gpus,
    Gpus_per_replica,
    Gpus_per_server,
    J_per_token,
    Milliseconds,
    Racks,
    Ratio,
    Replicas,
    Requests_per_month,
    Requests_per_replica,
    Requests_per_second,
    Requests_per_second_replica,
    Servers,
    Servers_per_rack,
    Share,
    Tokens_per_month,
    Tokens_per_request,
    Tokens_per_second_gpu,
    Tokens_per_second_replica,
    Tokens_per_second_server,
    USD_per_gpu_hour,
    USD_per_month,
    USD_per_Mtoken,
    USD_per_request,
    W_per_gpu,
    kW,
    kWh_per_Mtoken,
)

serving_hours = Choice(
    "Which hours of the GPUs the tokens pay for",
    {"reserved": "all hours, idle ones too", "used": "only the share of the hours that the load uses"},
    binds=("serving_hours_share", "api_break_even_tokens"),
)

request_rate_peak = Input(Requests_per_second, "Requests that arrive in a second at the peak", band=(1e-3, 1e6))
request_rate_mean = Input(Requests_per_second, "Requests that arrive in a second, mean of a month", band=(1e-4, 1e6))
spare_replicas = Input(
    Replicas,
    "Replicas kept beside those that the peak needs",
    optional=True,
    high=1e6,
    why="nobody keeps a million replicas idle",
)
serving_staff_cost_per_month = Input(
    USD_per_month, "People who keep one's own serving running", optional=True, label="serving staff"
)
server_decode_rate = Input(
    Tokens_per_second_server, "Output tokens of one server in a second, measured where it only answers", band=(10, 1e6)
)
server_prefill_rate = Input(
    Tokens_per_second_server, "Prompt tokens of one server in a second, where it only reads, cached ones included",
    band=(100, 1e7),
)  # fmt: skip

_OUT_OF_REACH = "api_break_even_tokens > tokens_at_full_load"
break_even_in_reach = Verdict(
    about=("api_break_even_tokens",),
    sentences={
        _OUT_OF_REACH: "these GPUs cannot reach the break-even: it takes "
        "{api_break_even_tokens} and at full load they answer {tokens_at_full_load}, so that the API is cheaper than "
        "all their hours at any load",
        "": "these GPUs can reach the break-even of {api_break_even_tokens}: at full load they answer "
        "{tokens_at_full_load}",
    },
)
own_or_api = Verdict(
    about=("self_host_cost_per_month", "api_cost_per_month", "api_break_even_tokens"),
    sentences={
        _OUT_OF_REACH: break_even_in_reach.sentences[_OUT_OF_REACH],
        "self_host_cost_per_month <= api_cost_per_month": "serving oneself wins: {self_host_cost_per_month} against "
        "{api_cost_per_month} by API; with these GPUs it does so above {api_break_even_tokens}",
        "": "the API wins: {api_cost_per_month} against {self_host_cost_per_month}; with these GPUs serving oneself "
        "wins above {api_break_even_tokens}",
    },
    instead_of=("break_even_in_reach",),
)

mean_is_below_the_peak = Check("request_rate_mean <= request_rate_peak", "the mean of the requests is above their peak")
cached_tokens_are_cheaper = Check(
    "api_cached_price <= api_input_price", "cached tokens of prompts cost more than new ones"
)


def replica_request_rate(
    replica_token_rate: Tokens_per_second_replica, reply_tokens: Tokens_per_request
) -> Requests_per_second_replica:
    """Requests that one replica answers in a second.

    Source: definition.
    """
    return replica_token_rate / reply_tokens


def replicas(
    request_rate_peak: Requests_per_second,
    reply_time: Milliseconds,
    concurrency_running: Requests_per_replica,
    spare_replicas: Replicas,
) -> Replicas:
    """Whole replicas for the peak, with spares; no value where not one request keeps the targets.

    Source: Little 1961 (doi:10.1287/opre.9.3.383).
    """
    return ops.ceil(request_rate_peak * reply_time / concurrency_running) + ops.if_included(spare_replicas, 0)


def serving_gpus(replicas: Replicas, gpus_per_replica: Gpus_per_replica) -> Gpus:
    """GPUs of all replicas.

    Label: GPUs for serving.

    Source: definition.
    """
    return replicas * gpus_per_replica


def serving_servers(serving_gpus: Gpus, gpus_per_server: Gpus_per_server) -> Servers:
    """Whole servers for the GPUs of all replicas.

    Source: definition.
    """
    return ops.ceil(serving_gpus / gpus_per_server)


def serving_racks(serving_servers: Servers, servers_per_rack: Servers_per_rack) -> Racks:
    """Whole cabinets for the servers of all replicas.

    Source: definition.
    """
    return ops.ceil(serving_servers / servers_per_rack)


def serving_power(serving_gpus: Gpus, serving_power_per_gpu: W_per_gpu) -> kW:
    """Power of the GPUs of all replicas at the peak, without hosts, network and cooling.

    Source: definition.
    """
    return serving_gpus * serving_power_per_gpu


def serving_utilisation(
    request_rate_mean: Requests_per_second, replicas: Replicas, replica_request_rate: Requests_per_second_replica
) -> Share:
    """Mean load as a share of what all replicas can answer.

    Source: definition.
    """
    return request_rate_mean / (replicas * replica_request_rate)


def busy_slots(request_rate_peak: Requests_per_second, reply_time: Milliseconds) -> Ratio:
    """Requests that are answered at the same time at the peak, on average.

    Source: Little 1961 (doi:10.1287/opre.9.3.383).
    """
    return ops.number(request_rate_peak * reply_time, "request")


def waiting_share(busy_slots: Ratio, replicas: Replicas, concurrency_running: Requests_per_replica) -> Share:
    """Share of the requests that find no free slot at the peak, under Poisson arrivals.

    Source: Erlang C in the closed form of Sakasegawa 1977 (doi:10.1007/BF02532504): load to the power of
    sqrt(2 (slots + 1)) - 1, exact for one slot.
    """
    slots = ops.number(replicas * concurrency_running, "request")
    root = ops.power(2 * (slots + 1), 1 / (1 + 1))
    return ops.power(ops.minimum(busy_slots / slots, 1), root - 1)


def within_target_share(
    waiting_share: Share,
    busy_slots: Ratio,
    replicas: Replicas,
    concurrency_running: Requests_per_replica,
    reply_time: Milliseconds,
    first_token_limit: Milliseconds,
    time_to_first_token_running: Milliseconds,
) -> Share:
    """Share of the requests whose first token comes in time at the peak, with what they wait for a free slot.

    Label: requests within target.

    Source: Erlang 1917; the wait beyond none is exponential, at the rate of the free slots over the time of a reply.
    """
    free = ops.maximum(ops.number(replicas * concurrency_running, "request") - busy_slots, 0)
    room = ops.maximum(first_token_limit - time_to_first_token_running, 0)
    late = waiting_share * ops.exp(0 - free * room / reply_time)
    return ops.where(first_token_limit >= time_to_first_token_running, 1 - late, 0)


# ---------------------------------------------------------------- tokens and money


def requests_per_month(request_rate_mean: Requests_per_second) -> Requests_per_month:
    """Requests of a month.

    Source: definition.
    """
    return request_rate_mean


def output_tokens_per_month(
    requests_per_month: Requests_per_month, reply_tokens: Tokens_per_request
) -> Tokens_per_month:
    """Tokens of all replies of a month.

    Source: definition.
    """
    return requests_per_month * reply_tokens


def input_tokens_per_month(
    requests_per_month: Requests_per_month, prompt_tokens: Tokens_per_request
) -> Tokens_per_month:
    """Tokens of all prompts of a month, cached ones included.

    Source: definition.
    """
    return requests_per_month * prompt_tokens


def servers_by_measured_rates(
    output_tokens_per_month: Tokens_per_month,
    server_decode_rate: Tokens_per_second_server,
    input_tokens_per_month: Tokens_per_month,
    server_prefill_rate: Tokens_per_second_server,
) -> Servers:
    """Servers that the tokens keep busy on average, from measured rates of servers that read or answer.

    Source: definition.
    """
    return output_tokens_per_month / server_decode_rate + input_tokens_per_month / server_prefill_rate


def serving_cost_per_month(serving_gpus: Gpus, gpu_hour_cost: USD_per_gpu_hour) -> USD_per_month:
    """What the GPUs of all replicas cost in a month, all hours: rented, or owned with what that takes.

    Source: definition.
    """
    return serving_gpus * gpu_hour_cost


def serving_hours_share__reserved(serving_gpus: Gpus) -> Share:
    """Share of the cost that the tokens pay.

    Assumes: all hours are paid, idle ones too.

    Source: definition.
    """
    return serving_gpus / serving_gpus


def serving_hours_share__used(serving_utilisation: Share) -> Share:
    """Share of the cost that the tokens pay.

    Assumes: only the hours that the load uses are paid; others use the rest.

    Source: definition.
    """
    return serving_utilisation


def prefill_cost_share(
    prefill_time: Milliseconds,
    decode_step_time: Milliseconds,
    reply_tokens: Tokens_per_request,
    concurrency_running: Requests_per_replica,
) -> Share:
    """Share of a replica's time that reading prompts takes; the rest answers.

    Source: definition.
    """
    steps = ops.number(reply_tokens, "token/request") * decode_step_time
    prompts = ops.number(concurrency_running, "request/replica") * prefill_time
    return prompts / (prompts + steps)


def cost_per_million_output_tokens(
    serving_cost_per_month: USD_per_month,
    serving_hours_share: Share,
    prefill_cost_share: Share,
    output_tokens_per_month: Tokens_per_month,
) -> USD_per_Mtoken:
    """What a million tokens of replies costs: the part of the cost that answering takes.

    Label: cost of output tokens.

    Source: definition.
    """
    return serving_cost_per_month * serving_hours_share * (1 - prefill_cost_share) / output_tokens_per_month


def cost_per_million_input_tokens(
    serving_cost_per_month: USD_per_month,
    serving_hours_share: Share,
    prefill_cost_share: Share,
    input_tokens_per_month: Tokens_per_month,
) -> USD_per_Mtoken:
    """What a million tokens of prompts costs, cached ones included: the part of the cost that reading takes.

    Label: cost of input tokens.

    Source: definition.
    """
    return serving_cost_per_month * serving_hours_share * prefill_cost_share / input_tokens_per_month


def cost_per_million_total_tokens(
    serving_cost_per_month: USD_per_month,
    serving_hours_share: Share,
    input_tokens_per_month: Tokens_per_month,
    output_tokens_per_month: Tokens_per_month,
) -> USD_per_Mtoken:
    """What a million tokens costs, prompts and replies alike.

    Label: cost of tokens.

    Source: definition.
    """
    return serving_cost_per_month * serving_hours_share / (input_tokens_per_month + output_tokens_per_month)


def cost_per_request(
    serving_cost_per_month: USD_per_month, serving_hours_share: Share, requests_per_month: Requests_per_month
) -> USD_per_request:
    """What one request costs.

    Source: definition.
    """
    return serving_cost_per_month * serving_hours_share / requests_per_month


def cost_per_million_tokens_at_rate(
    gpu_hour_cost: USD_per_gpu_hour, token_rate_per_gpu: Tokens_per_second_gpu
) -> USD_per_Mtoken:
    """What a million output tokens costs on a GPU that gives them all the time, all cost on output.

    Source: definition.
    """
    return gpu_hour_cost / token_rate_per_gpu


def energy_per_million_tokens(energy_per_token: J_per_token) -> kWh_per_Mtoken:
    """Energy of the GPUs for a million output tokens, prompts included, without hosts and cooling.

    Source: definition.
    """
    return energy_per_token


def api_cost_per_request(
    prompt_tokens: Tokens_per_request,
    cached_prompt_share: Share,
    reply_tokens: Tokens_per_request,
    api_input_price: USD_per_Mtoken,
    api_cached_price: USD_per_Mtoken,
    api_output_price: USD_per_Mtoken,
) -> USD_per_request:
    """What the API asks for one request; without a price of cached tokens they cost as others.

    Source: definition.
    """
    cached = cached_prompt_share * ops.if_included(api_cached_price, api_input_price)
    return prompt_tokens * ((1 - cached_prompt_share) * api_input_price + cached) + reply_tokens * api_output_price


def api_cost_per_month(api_cost_per_request: USD_per_request, requests_per_month: Requests_per_month) -> USD_per_month:
    """What the API asks for the requests of a month.

    Source: definition.
    """
    return api_cost_per_request * requests_per_month


def api_blended_price(
    api_cost_per_request: USD_per_request, prompt_tokens: Tokens_per_request, reply_tokens: Tokens_per_request
) -> USD_per_Mtoken:
    """What the API asks for a million tokens, prompts and replies as the requests mix them.

    Label: blended API price.

    Source: definition.
    """
    return api_cost_per_request / (prompt_tokens + reply_tokens)


def self_host_cost_per_month(
    serving_cost_per_month: USD_per_month, serving_hours_share: Share, serving_staff_cost_per_month: USD_per_month
) -> USD_per_month:
    """What serving oneself costs in a month: GPUs of the hours that the tokens pay for, and people if included.

    Label: own serving per month.

    Source: definition.
    """
    return serving_cost_per_month * serving_hours_share + ops.if_included(serving_staff_cost_per_month, 0)


def tokens_at_full_load(
    replicas: Replicas,
    replica_request_rate: Requests_per_second_replica,
    prompt_tokens: Tokens_per_request,
    reply_tokens: Tokens_per_request,
) -> Tokens_per_month:
    """Tokens of a month, prompts and replies, that all replicas answer with every slot busy all the time.

    Source: definition.
    """
    return replicas * replica_request_rate * (prompt_tokens + reply_tokens)


def api_break_even_tokens__reserved(
    self_host_cost_per_month: USD_per_month, api_blended_price: USD_per_Mtoken
) -> Tokens_per_month:
    """Tokens of a month, prompts and replies, from which on all hours of the GPUs cost less than the API.

    Label: break-even tokens per month.

    Assumes: all hours are paid, idle ones too.

    Source: definition; the GPUs are those of the load; a verdict says where they cannot answer as many.
    """
    return self_host_cost_per_month / api_blended_price


def api_break_even_tokens__used(
    serving_cost_per_month: USD_per_month,
    serving_staff_cost_per_month: USD_per_month,
    api_blended_price: USD_per_Mtoken,
) -> Tokens_per_month:
    """Tokens of a month, prompts and replies, from which on all hours of the GPUs cost less than the API.

    Assumes: it is asked of all hours, though others use the rest now.

    Source: definition; the GPUs are those of the load; a verdict says where they cannot answer as many.
    """
    return (serving_cost_per_month + ops.if_included(serving_staff_cost_per_month, 0)) / api_blended_price


def api_margin(api_blended_price: USD_per_Mtoken, cost_per_million_total_tokens: USD_per_Mtoken) -> Ratio:
    """Part of the API's price that serving oneself would save, negative where the API is cheaper.

    Source: definition.
    """
    return 1 - cost_per_million_total_tokens / api_blended_price
