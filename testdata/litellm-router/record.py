"""Records what LiteLLM's router decides: python record.py, with litellm==1.81.3 installed. See README.md.

Everything goes through the Router and the handlers that it installs; no cache is written to from here. The clock is a number,
nothing listens and nothing is called.
"""

import asyncio
import copy
import datetime
import importlib.metadata
import json
import multiprocessing
import os
import random
import time

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # the prices that come with the package
os.environ["TZ"] = "UTC"  # some handlers name minutes in local time
time.tzset()

import logging  # noqa: E402

logging.disable(logging.CRITICAL)

import litellm  # noqa: E402
import litellm.router  # noqa: E402
from litellm.integrations.custom_logger import CustomLogger  # noqa: E402
from litellm.router_strategy import (  # noqa: E402
    budget_limiter,
    lowest_cost,
    lowest_latency,
    lowest_tpm_rpm,
    lowest_tpm_rpm_v2,
)
from litellm.types.llms.openai import ResponsesAPIResponse  # noqa: E402

VERSION = "1.81.3"
START = datetime.datetime(2026, 1, 1, 12, 0, 0, tzinfo=datetime.timezone.utc)  # at_ms 0: the first instant of a minute
GROUP = "group"
ASKED, ASKED_RANDOM = 20, 4000

# ---------------------------------------------------------------- the clock

now_ms = 0


def seconds():
    return START.timestamp() + now_ms / 1000


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(seconds(), tz)


time.time = seconds
for module in (budget_limiter, lowest_cost, lowest_latency, lowest_tpm_rpm):
    module.datetime = Clock
for module in (lowest_tpm_rpm_v2, litellm.router):
    module.get_utc_datetime = lambda: Clock.now(datetime.timezone.utc)

# ---------------------------------------------------------------- one case


def words(tokens):
    """Messages that LiteLLM counts as so many tokens; 8 is the least."""
    for n in range(1, tokens):
        messages = [{"role": "user", "content": " ".join(["a"] * n)}]
        if litellm.token_counter(messages=messages) == tokens:
            return messages
    raise ValueError(tokens)


def error(event, model):
    if event.get("timeout"):
        return litellm.Timeout(message="late", model=model, llm_provider="openai")
    kind = {
        400: litellm.BadRequestError,
        401: litellm.AuthenticationError,
        404: litellm.NotFoundError,
        429: litellm.RateLimitError,
        500: litellm.InternalServerError,
    }[event.get("status", 500)]
    return kind(message="failed", model=model, llm_provider="openai")


def response(event):
    usage = litellm.Usage(
        prompt_tokens=event["input_tokens"],
        completion_tokens=event["output_tokens"],
        total_tokens=event["input_tokens"] + event["output_tokens"],
    )
    if event.get("api") == "embeddings":
        return litellm.EmbeddingResponse(model="m", usage=usage)
    if event.get("api") == "responses":
        return ResponsesAPIResponse(id="r", created_at=0, output=[], usage=None)
    return litellm.ModelResponse(model="m", usage=usage)


def loggers():
    return [c for c in litellm.callbacks if isinstance(c, CustomLogger)]


async def play(router, event):
    """What Router.acompletion and the call's logging do with an attempt, in their order."""
    if event["kind"] == "pick":  # a decision in between: some leave traces
        await ask(router, event)
        return
    deployment = next(d for d in router.model_list if d["model_info"]["id"] == event["deployment"])
    model = deployment["litellm_params"]["model"]
    api, provider, logged = event.get("api"), litellm.get_llm_provider(model=model)[1], model
    metadata = {"model_group": GROUP, "deployment": model, "model_info": deployment["model_info"]}
    # what differs between APIs, as seen with a Router that calls a real upstream
    if api in ("responses", "messages"):
        metadata = {}  # the group is in litellm_metadata, where no handler looks
    if api in ("responses", "embeddings"):
        provider = None
    if api == "messages":
        logged = model.split("/", 1)[-1]
    kwargs = {
        "model": model,
        "stream": event.get("stream", False),
        "litellm_params": {
            "metadata": metadata,
            "model_info": deployment["model_info"],
            "custom_llm_provider": provider,
        },
    }
    if event["kind"] == "start":
        if api is None:
            router._track_deployment_metrics(deployment=deployment, parent_otel_span=None)
        try:
            await router.async_routing_strategy_pre_call_checks(deployment=deployment, parent_otel_span=None)
        except Exception as e:
            event["refused"] = type(e).__name__
            return
        for logger in litellm.input_callback:
            if isinstance(logger, CustomLogger):
                logger.log_pre_api_call(model, [], kwargs)
        return

    # at_ms is when it ends; LiteLLM's times carry no zone
    end = Clock.now()
    begin = end - datetime.timedelta(milliseconds=event["duration_ms"])
    payload = {"model_group": GROUP, "model_id": event["deployment"], "hidden_params": {"litellm_model_name": logged}}
    if event["kind"] == "success":
        result = response(event)
        kwargs["completion_start_time"] = end
        if "first_token_ms" in event:
            kwargs["completion_start_time"] = begin + datetime.timedelta(milliseconds=event["first_token_ms"])
        kwargs["standard_logging_object"] = payload
        payload["total_tokens"] = event["input_tokens"] + event["output_tokens"]
        payload["response_cost"] = event.get("cost", 0.0)
        for logger in loggers():
            try:
                await logger.async_log_success_event(kwargs, result, begin, end)
            except ValueError:  # LiteLLM logs what a logger raises and goes on
                pass
        await router.deployment_callback_on_success(kwargs, result, begin, end)
        return
    kwargs["exception"] = error(event, model)
    kwargs["completion_start_time"] = None
    kwargs["standard_logging_object"] = payload
    payload["total_tokens"], payload["response_cost"] = 0, 0.0
    for logger in loggers():
        await logger.async_log_failure_event(kwargs, None, begin, end)
    await router.async_deployment_callback_on_failure(kwargs, None, begin, end)
    router.deployment_callback_on_failure(kwargs, None, begin, end)


async def ask(router, request):
    kwargs = {"stream": request.get("stream", False)}
    kwargs[request.get("metadata", "metadata")] = {"tags": list(request["tags"])} if "tags" in request else {}
    put = {"messages": request["messages"]} if "messages" in request else {"input": "a text"}
    if request.get("sync"):
        return router.get_available_deployment(model=GROUP, request_kwargs=kwargs, **put)
    return await router.async_get_available_deployment(model=GROUP, request_kwargs=kwargs, **put)


def with_messages(request):
    if request.get("api") == "embeddings":
        return request
    messages = words(request.get("input_tokens", 8))
    return {**request, "messages": messages, "input_tokens": litellm.token_counter(messages=messages)}


async def decide(case):
    global now_ms
    now_ms = 0
    random.seed(1)
    router = litellm.Router(
        model_list=[
            {
                "model_name": GROUP,
                "litellm_params": {"model": d["model"], "api_key": "none", **copy.deepcopy(d["params"])},
                "model_info": {"id": d["id"]},
            }
            for d in case["deployments"]
        ],
        routing_strategy=case["strategy"],
        routing_strategy_args=copy.deepcopy(case["args"]),
        **copy.deepcopy(case["settings"]),
    )
    for _ in range(5):  # the tasks that the router began: budgets get their first window
        await asyncio.sleep(0)
    for event in case["events"]:
        assert event["at_ms"] >= now_ms, case["name"]
        now_ms = event["at_ms"]
        await play(router, with_messages(event) if event["kind"] == "pick" else event)
    assert case["request"]["at_ms"] >= now_ms, case["name"]
    now_ms = case["request"]["at_ms"]
    request = with_messages(case["request"])
    if "input_tokens" in request:
        case["request"]["input_tokens"] = request["input_tokens"]
    picks, refused = {d["id"]: 0 for d in case["deployments"]}, set()
    for i in range(case["n"]):
        try:
            picks[(await ask(router, request))["model_info"]["id"]] += 1
        except Exception as e:
            refused.add(type(e).__name__)
        if i % 50 == 0:
            await asyncio.sleep(0)
    case["picks"] = {k: v for k, v in picks.items() if v}
    assert len(refused) <= 1 and not (refused and case["picks"]), (case["name"], refused, picks)
    case["refused"] = refused.pop() if refused else None
    assert case["deterministic"] == (len(case["picks"]) <= 1), (case["name"], case["picks"], case["refused"])
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


def run(case):
    """In a process of its own: a router registers prices and callbacks for the whole process."""

    def child(pipe):
        try:
            asyncio.run(decide(case))
            pipe.send(case)
        except BaseException as e:
            pipe.send(e)
        pipe.close()

    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=child, args=(theirs,))
    process.start()
    theirs.close()
    result = ours.recv()
    process.join()
    if isinstance(result, BaseException):
        raise result
    return result


# ---------------------------------------------------------------- how cases are written

files = {}
file = strategy = None
default_settings = {}


def begin(name, of="simple-shuffle", **settings):
    global file, strategy, default_settings
    file, strategy, default_settings = name, of, settings
    files[file] = []


def case(name, deployments, *events, random=False, args=None, settings=None, strategy=None, **request):
    request.setdefault("at_ms", max([e["at_ms"] for e in events], default=0))
    files[file].append(
        {
            "name": name,
            "strategy": strategy or globals()["strategy"],
            "args": args or {},
            "settings": default_settings if settings is None else settings,
            "deployments": deployments,
            "events": list(events),
            "request": request,
            "n": ASKED_RANDOM if random else ASKED,
            "deterministic": not random,
        }
    )


def d(id, model=None, **params):
    return {"id": id, "model": model or "openai/" + id, "params": params}


def ds(ids, **params):
    return [d(id, **params) for id in ids]


def start(id, at=0, api=None):
    return {"at_ms": at, "kind": "start", "deployment": id, **({"api": api} if api else {})}


def ok(id, at=0, ms=1000, tokens=(10, 10), first=None, api=None, cost=None):
    event = {"at_ms": at, "kind": "success", "deployment": id, "duration_ms": ms}
    event.update({"input_tokens": tokens[0], "output_tokens": tokens[1], "stream": first is not None})
    for key, value in (("first_token_ms", first), ("api", api), ("cost", cost)):
        if value is not None:
            event[key] = value
    return event


def bad(id, at=0, status=None, timeout=False, ms=1000):
    event = {"at_ms": at, "kind": "failure", "deployment": id, "duration_ms": ms, "timeout": timeout}
    if status:
        event["status"] = status
    return event


def pick(at=0):
    return {"at_ms": at, "kind": "pick"}


def one(id, seconds_per_token, at=0, **more):
    """A success of one output token, so that its latency is its duration."""
    return ok(id, at, ms=round(seconds_per_token * 1000), tokens=(9, 1), **more)


# ---------------------------------------------------------------- simple-shuffle

begin("simple-shuffle")
case("nothing set: even", ds("abc"), random=True)
case("one deployment", ds("a"))
case("weight", [d("a", weight=3), d("b", weight=1)], random=True)
case("three weights", [d("a", weight=5), d("b", weight=3), d("c", weight=2)], random=True)
case("rpm", [d("a", rpm=100), d("b", rpm=300)], random=True)
case("tpm", [d("a", tpm=1000), d("b", tpm=3000)], random=True)
case(
    "weight goes before rpm and tpm",
    [d("a", weight=1, rpm=900, tpm=9000), d("b", weight=3, rpm=100, tpm=1000)],
    random=True,
)
case("rpm goes before tpm", [d("a", rpm=100, tpm=9000), d("b", rpm=300, tpm=1000)], random=True)
case("the first decides: it has no weight, so those of others do not count", [d("a"), d("b", weight=9)], random=True)
case("the first decides: others without a weight get nothing", [d("a", weight=1), d("b"), d("c")])
case("the first has rpm, the second weight: rpm counts, the second has none", [d("a", rpm=10), d("b", weight=90)])
case("the first has weight, the second rpm", [d("a", weight=1), d("b", rpm=90)])
case("a weight of zero gets nothing", [d("a", weight=0), d("b", weight=1), d("c", weight=3)], random=True)
case("all weights zero", [d("a", weight=0), d("b", weight=0)])
case("all rpm zero", [d("a", rpm=0), d("b", rpm=0)])
case("weights zero, rpm set: rpm is not looked at", [d("a", weight=0, rpm=10), d("b", weight=0, rpm=10)])
case("rpm is a share, no limit", [d("a", rpm=1), d("b", rpm=3)], *[ok("a", t) for t in (0, 1, 2)], random=True)
case(
    "the first of those not cooling down decides",
    [d("a"), d("b", weight=3), d("c", weight=1)],
    bad("a", 0, 429),
    at_ms=1000,
    random=True,
)
case("all cooling down", ds("ab"), bad("a", 0, 429), bad("b", 0, 429), at_ms=4999)
case("cooled down for five seconds, still", ds("ab"), bad("a", 0, 429), at_ms=5000)
case("cooled down for more than five seconds", ds("ab"), bad("a", 0, 429), at_ms=5001, random=True)
case("the sync entry does the same", [d("a", weight=3), d("b")], sync=True)

# ---------------------------------------------------------------- least-busy

begin("least-busy", "least-busy")
case("nothing yet: the first of the list", ds("abc"))
case("one is busy", ds("ab"), start("a"))
case("one that was never used is idle", ds("abc"), start("a"), start("a"), start("b"))
case("fewer in flight", ds("ab"), start("a"), start("a"), start("b"))
case("as many in flight: the one that was used first, not the first of the list", ds("ab"), start("b"), start("a"))
case("as many in flight: used before never used", ds("ab"), start("b"), ok("b", 1000))
case("a success ends it", ds("ab"), start("a"), start("b"), ok("a", 1000))
case("a failure ends it", ds("ab"), start("a"), start("b"), bad("a", 1000))
case("a timeout ends it", ds("ab"), start("a"), start("b"), bad("a", 1000, timeout=True))
case("an end without a beginning: below zero, better than idle", ds("ab"), ok("b", 1000))
case("below zero stays", ds("ab"), ok("b", 1000), ok("b", 2000), start("b", 3000))
case("ten minutes after the group's first use, still", ds("ab"), start("a"), start("a", 599000), at_ms=600000)
case("ten minutes and more: all counts are gone", ds("ab"), start("a"), start("a", 599000), at_ms=600001)
case("what ends after that is below zero", ds("ab"), start("b"), ok("b", 601000, ms=601000))
case(
    "the least busy of all cools down: any of the others",
    ds("abc"),
    start("a"),
    start("a"),
    start("b"),
    start("c"),
    bad("c", 1000, 429),
    at_ms=2000,
    random=True,
)
case("a busier one cools down", ds("abc"), start("a"), bad("a", 500, 429), start("a", 600), start("b", 700), at_ms=2000)
case("all cool down", ds("ab"), bad("a", 0, 429), bad("b", 0, 429), at_ms=2000)
case("weight and rpm do not count", [d("a", weight=9, rpm=900), d("b", weight=1, rpm=1)], start("a"))
case("rpm is no limit", [d("a", rpm=1), d("b")], start("a"), ok("a", 1), start("a", 2), ok("a", 3))
case("embeddings count", ds("ab"), start("a", api="embeddings"))
case("the Responses API does not count", ds("ab"), start("a", api="responses"))
case("the Messages API does not count", ds("ab"), start("a", api="messages"))
case("the sync entry does the same", ds("ab"), start("a"), sync=True)

# ---------------------------------------------------------------- latency-based-routing

begin("latency-based-routing", "latency-based-routing")
case("nothing yet: even", ds("abc"), random=True)
case("the faster", ds("ab"), one("a", 0.2), one("b", 0.1))
case("as fast: even", ds("ab"), one("a", 0.2), one("b", 0.2), random=True)
case("one was never used", ds("abc"), one("a", 0.2), one("b", 0.1))
case("two were never used: even between them", ds("abcd"), one("a", 0.2), one("b", 0.1), random=True)
case("seconds for each output token", ds("ab"), ok("a", ms=2000, tokens=(9, 100)), ok("b", ms=1000, tokens=(900, 10)))
case("the mean", ds("ab"), one("a", 0.1), one("a", 0.3, 1), one("b", 0.25, 2))
case("buffer: within", ds("abc"), one("a", 0.1), one("b", 0.14), one("c", 0.2), args={"lowest_latency_buffer": 0.5}, random=True)
case("buffer: at its edge", ds("ab"), one("a", 1), one("b", 1.5), args={"lowest_latency_buffer": 0.5}, random=True)
case("buffer: outside", ds("ab"), one("a", 1), one("b", 1.501), args={"lowest_latency_buffer": 0.5})
case("buffer of zero", ds("ab"), one("a", 1), one("b", 1.001), args={"lowest_latency_buffer": 0})
case("buffer: a part of nothing is nothing", ds("ab"), one("a", 0.001), args={"lowest_latency_buffer": 10})
case(
    "a full list keeps its oldest and changes its last",
    ds("ab"),
    *[one("a", s, t) for t, s in enumerate((0.1, 0.9, 0.9, 0.9))],
    one("b", 0.6, 9),
    args={"max_latency_list_size": 2},
)
case(
    "a full list holds ten",
    ds("ab"),
    *[one("a", 0.1 if t < 9 else 1, t) for t in range(12)],
    one("b", 0.2, 19),
)
case("a list of one holds the newest", ds("ab"), one("a", 1), one("a", 0.1, 1), one("b", 0.5, 2), args={"max_latency_list_size": 1})
case("a timeout is a thousand seconds", ds("ab"), one("a", 0.1), bad("a", 1, timeout=True), one("b", 499, 2))
case("a timeout is not more than that", ds("ab"), one("a", 0.1), bad("a", 1, timeout=True), one("b", 501, 2))
case("a timeout first", ds("ab"), bad("a", 0, timeout=True), one("b", 900, 1))
case(
    "a timeout changes the last of a full list",
    ds("ab"),
    *[one("a", 0.1, t) for t in range(2)],
    *[bad("a", t, timeout=True) for t in range(2, 5)],
    one("b", 501, 5),
    args={"max_latency_list_size": 2},
)
case("another failure counts nothing", ds("ab"), one("a", 0.1), bad("a", 1, 500), one("b", 0.2, 2))
case("429 cools down", ds("ab"), one("a", 0.1), one("b", 0.2), bad("a", 1, 429), at_ms=5000)
case("429 leaves no trace afterwards", ds("ab"), one("a", 0.1), one("b", 0.2), bad("a", 1, 429), at_ms=5002)
streams = (one("a", 3, 0, first=100), one("b", 1, 1, first=300))
case("a stream: by the first token", ds("ab"), *streams, stream=True)
case("no stream: by the whole, streams too", ds("ab"), *streams)
case("a stream, no stream was measured: by the whole", ds("ab"), one("a", 3), one("b", 1), stream=True)
case("a stream, one was measured with streams, one without", ds("ab"), one("a", 3, first=100), one("b", 1), stream=True)
case(
    "the first token, too, is divided by the output tokens",
    ds("ab"),
    ok("a", ms=2000, tokens=(9, 100), first=1000),
    ok("b", ms=2000, tokens=(9, 10), first=500),
    stream=True,
)
case(
    "a stream: divided by the number of all answers, not of streams",
    ds("ab"),
    one("a", 5, 0, first=1000),
    *[one("a", 5, t) for t in (1, 2, 3)],
    one("b", 5, 4, first=500),
    stream=True,
)
case(
    "a stream: a timeout makes it better",
    ds("ab"),
    one("a", 5, 0, first=1000),
    bad("a", 1, timeout=True),
    one("b", 5, 2, first=800),
    stream=True,
)
case("an hour after the group's first answer, still", ds("ab"), one("a", 0.2), one("b", 0.1, 3599000), at_ms=3600000)
case("an hour and more: nothing is known", ds("ab"), one("a", 0.2), one("b", 0.1, 3599000), at_ms=3600001, random=True)
case("ttl of a minute", ds("ab"), one("a", 0.2), one("b", 0.1, 50000), args={"ttl": 60}, at_ms=60001, random=True)
case("nobody asked before: no zero in its list", ds("ab"), one("a", 0.4), one("b", 0.6, 2))
case("somebody asked before its first answer: a zero in its list", ds("ab"), one("a", 0.4), pick(1), one("b", 0.6, 2))
case("asked before the group's first answer: no zero", ds("ab"), pick(), one("a", 0.4, 1), one("b", 0.6, 2))
case("embeddings: every answer counts as zero", ds("ab"), ok("a", ms=9000, tokens=(9, 0), api="embeddings"), ok("b", ms=10, tokens=(9, 0), api="embeddings"), random=True, api="embeddings")
case("the Responses API does not count", ds("ab"), one("a", 0.1), one("b", 0.2), *[one("a", 9, t, api="responses") for t in (1, 2)])
case("the Messages API does not count", ds("ab"), one("a", 0.1), one("b", 0.2), *[one("a", 9, t, api="messages") for t in (1, 2)])
case("no output tokens: counts as zero", ds("ab"), ok("a", ms=9000, tokens=(9, 0)), one("b", 0.1))
case("rpm: not reached", [d("a", rpm=2), d("b")], one("a", 0.1), one("b", 0.2))
case("rpm: reached", [d("a", rpm=2), d("b")], one("a", 0.1), one("a", 0.1, 1), one("b", 0.2, 2))
case("rpm: in flight does not count", [d("a", rpm=1), d("b")], one("b", 0.2), start("a"))
case("rpm: reached in another minute", [d("a", rpm=2), d("b")], one("a", 0.1), one("a", 0.1, 1), one("b", 0.2, 2), at_ms=60000)
case("rpm: counted in the minute of the end", [d("a", rpm=1), d("b")], one("b", 0.2), ok("a", 60000, ms=500, tokens=(9, 5)), at_ms=60001)
case("rpm of zero is none", [d("a", rpm=0), d("b")], one("a", 0.1), one("b", 0.2))
case("tpm: with the request's tokens just reached", [d("a", tpm=40), d("b")], ok("a", ms=10, tokens=(20, 10)), one("b", 0.2), input_tokens=10)
case("tpm: with the request's tokens over", [d("a", tpm=39), d("b")], ok("a", ms=10, tokens=(20, 10)), one("b", 0.2), input_tokens=10)
case("tpm: the sync entry does not count the request's tokens", [d("a", tpm=39), d("b")], ok("a", ms=10, tokens=(20, 10)), one("b", 0.2), input_tokens=10, sync=True)
case("all full", ds("ab", rpm=1), one("a", 0.1), one("b", 0.2))

# ---------------------------------------------------------------- usage-based-routing

begin("usage-based-routing", "usage-based-routing")
case("nothing yet: the first of the list", ds("abc"))
case("fewer tokens", ds("ab"), ok("a", tokens=(90, 10)), ok("b", tokens=(40, 10)))
case("fewer tokens, not fewer requests", ds("ab"), ok("a", tokens=(90, 10)), *[ok("b", t, tokens=(10, 10)) for t in (1, 2, 3)])
case("one was never used", ds("abc"), ok("a"), ok("b"))
case("two were never used: the first of the list", ds("abc"), ok("a"))
case("as many tokens: the one that was used first", ds("ab"), ok("b"), ok("a", 1))
case("used without tokens before never used", ds("ab"), ok("b", tokens=(0, 0)))
case("rpm of two: skipped after one", [d("a", rpm=2), d("b")], ok("a", tokens=(1, 1)), ok("b", tokens=(90, 10)))
case("rpm of three: not skipped after one", [d("a", rpm=3), d("b")], ok("a", tokens=(1, 1)), ok("b", tokens=(90, 10)))
case("rpm of one: not skipped before the first", [d("a", rpm=1), d("b")])
case("rpm of zero: not skipped before the first", [d("a", rpm=0), d("b")])
case("in flight does not count", [d("a", rpm=1), d("b")], *[start("a", t) for t in range(3)])
case("a failure does not count", [d("a", rpm=1), d("b")], *[bad("a", t, 500) for t in range(3)])
case("tpm: with the request's tokens just reached", [d("a", tpm=40), d("b")], ok("a", tokens=(20, 10)), ok("b", tokens=(90, 10)), input_tokens=10)
case("tpm: with the request's tokens over", [d("a", tpm=39), d("b")], ok("a", tokens=(20, 10)), ok("b", tokens=(90, 10)), input_tokens=10)
case("tpm of zero: always over", [d("a", tpm=0), d("b")], ok("b"))
case("all full", ds("ab", rpm=2), ok("a"), ok("b"))
case("the last instant of the minute", ds("ab"), ok("a"), at_ms=59999)
case("the next minute: nothing is known", ds("ab"), ok("a"), at_ms=60000)
case("counted in the minute of the end", ds("ab"), ok("a", 60000, ms=59000), at_ms=60001)
case("ttl of ten seconds", ds("ab"), ok("a"), at_ms=10001, args={"ttl": 10})
case("one cools down", ds("ab"), ok("b", tokens=(90, 10)), bad("a", 1, 429), at_ms=5000)
case("embeddings count", ds("ab"), ok("a", tokens=(9, 0), api="embeddings"))
case("the Responses API does not count", ds("ab"), ok("a", api="responses"))
case("the Messages API does not count", ds("ab"), ok("a", api="messages"))
case("the sync entry is the only one", ds("ab"), ok("a"), sync=True)

# ---------------------------------------------------------------- usage-based-routing-v2

begin("usage-based-routing-v2", "usage-based-routing-v2")
case("nothing yet: even", ds("abc"), random=True)
case("fewer tokens", ds("ab"), ok("a", tokens=(90, 10)), ok("b", tokens=(40, 10)))
case("fewer tokens, not fewer requests", ds("ab"), ok("a", tokens=(90, 10)), *[start("b", t) for t in (1, 2, 3)])
case("one was never used", ds("abc"), ok("a"), ok("b"))
case("two were never used: even between them", ds("abc"), ok("a"), random=True)
case("as many tokens: even", ds("ab"), ok("b"), ok("a", 1), random=True)
case("in flight counts no tokens", ds("ab"), *[start("a", t) for t in range(3)], random=True)
case("rpm of two: skipped after one beginning", [d("a", rpm=2), d("b")], start("a"), ok("b", 1))
case("rpm of three: not skipped after one beginning", [d("a", rpm=3), d("b")], start("a"), ok("b", 1))
case("rpm of one: not skipped before the first", [d("a", rpm=1), d("b")], ok("b"))
case("rpm: a success alone does not count", [d("a", rpm=1), d("b")], ok("a", tokens=(1, 1)), ok("b", tokens=(90, 10)))
case("rpm: a failure takes nothing back", [d("a", rpm=2), d("b")], start("a"), bad("a", 1, 500), ok("b", 2))
case("rpm: a second beginning is refused, and cools it down", [d("a", rpm=1), d("b")], start("a"), start("a", 1), ok("b", 2), at_ms=3)
case("rpm of zero: not skipped before the first", [d("a", rpm=0), d("b")], ok("b"))
case("rpm of zero: the beginning is refused, and counts", [d("a", rpm=0), d("b")], ok("b"), start("a", 1), at_ms=5002)
late = start("a", 59990), start("a", 59991), ok("b", 60001)
case("a refused beginning cools down: for five seconds", [d("a", rpm=1), d("b")], *late, at_ms=64991)
case("a refused beginning cools down: over", [d("a", rpm=1), d("b")], *late, at_ms=64992)
case("tpm: with the request's tokens just reached", [d("a", tpm=40), d("b")], ok("a", tokens=(20, 10)), ok("b", tokens=(90, 10)), input_tokens=10)
case("tpm: with the request's tokens over", [d("a", tpm=39), d("b")], ok("a", tokens=(20, 10)), ok("b", tokens=(90, 10)), input_tokens=10)
case("tpm of zero: always over", [d("a", tpm=0), d("b")], ok("b"))
case("all full", ds("ab", rpm=2), start("a"), start("b"))
case("all full, the sync entry", ds("ab", rpm=2), start("a"), start("b"), sync=True)
case("the last instant of the minute", ds("ab"), ok("a"), at_ms=59999)
case("the next minute: nothing is known", ds("ab"), ok("a"), at_ms=60000, random=True)
case("tokens: counted in the minute of the end", ds("ab"), ok("a", 60000, ms=59000), at_ms=60001)
case("requests: counted in the minute of the beginning", [d("a", rpm=2), d("b")], start("a", 59999), ok("a", 60000, tokens=(1, 1)), ok("b", 60000), at_ms=60001)
case("ttl of ten seconds", ds("ab"), ok("a"), at_ms=10001, args={"ttl": 10}, random=True)
case("one cools down", ds("ab"), ok("b", tokens=(90, 10)), bad("a", 1, 429), at_ms=5000)
case("embeddings count", ds("ab"), ok("a", tokens=(9, 0), api="embeddings"))
case("the Responses API counts", ds("ab"), ok("a", api="responses"))
case("the Messages API: tokens do not count", ds("ab"), ok("a", tokens=(900, 100), api="messages"), ok("b", tokens=(1, 1)))
case("the Messages API: tokens count if the model has no provider in front", [d("a", "gpt-4o"), d("b", "gpt-4o-mini")], ok("a", tokens=(900, 100), api="messages"), ok("b", tokens=(1, 1)))
case("the Messages API: requests count", [d("a", rpm=2), d("b")], start("a", api="messages"), ok("b"))
case("an id with a colon is never picked", [d("a:1", "openai/a"), d("b")], ok("b"))
case("ids with a colon alone", [d("a:1", "openai/a"), d("a:2", "openai/b")])

# ---------------------------------------------------------------- cost-based-routing


def price(id, input=None, output=None, model=None, **params):
    prices = {"input_cost_per_token": input, "output_cost_per_token": output}
    return d(id, model, **{k: v for k, v in prices.items() if v is not None}, **params)


begin("cost-based-routing", "cost-based-routing")
case("prices given", [price("a", 3e-6, 9e-6), price("b", 2e-6, 5e-6)])
case("the sum of the two prices, whatever the request", [price("a", 1e-6, 9e-6), price("b", 4e-6, 5e-6)], input_tokens=200)
case("prices of the map", [d("a", "gpt-4o"), d("b", "gpt-4o-mini")])
case("prices of the map, azure", [d("a", "azure/gpt-4o"), d("b", "azure/gpt-4o-mini")])
case("the map has no such name with its provider: ten", [d("a", "openai/gpt-4o-mini"), d("b", "gpt-4o")])
case("not in the map: ten", [d("a"), price("b", 4, 5)])
case("not in the map: not more than ten", [price("a", 5, 6), d("b")])
case("only one price given: five for the other", [price("a", 1e-6), price("b", 2, 2)])
case("only one price given, the other of the map", [price("a", 1e-9, model="gpt-4o"), d("b", "gpt-4o-mini")])
case("as dear: the first of the list", [price("a", 1e-6, 2e-6), price("b", 2e-6, 1e-6)])
case("as dear: the one that was used first", [price("a", 1e-6, 2e-6), price("b", 1e-6, 2e-6)], ok("b"))
case("never used, dearer", [price("a", 1e-6, 2e-6), price("b", 2e-6, 2e-6)], ok("a"))
case("free, not in the map", [d("a", "gpt-4o-mini"), price("b", 0, 0)])
case("free, in the map by that name", [d("a", "gpt-4o-mini"), price("b", 0, 0, "gpt-4o")])
case("free, in the map without its provider: ten", [d("a", "gpt-4o"), price("b", 0, 0, "openai/gpt-4o-mini")])
case("not in the map, two deployments of one model: both free", [d("a", "gpt-4o-mini"), d("b", "openai/x"), d("c", "openai/x")])
case("a price given is the map's for the rest of the process", [d("a", "gpt-4o-mini"), d("b", "gpt-4o"), price("c", 1e-9, 1e-9, "gpt-4o")])
case("a price given later replaces that", [d("a", "gpt-4o"), price("b", 2e-9, 2e-9, "gpt-4o"), price("c", 3e-9, 3e-9, "gpt-4o")])
cheap = price("a", 1e-6, 1e-6, rpm=2), price("b", 2e-6, 2e-6)
case("rpm: not reached", list(cheap), ok("a"))
case("rpm: reached", list(cheap), ok("a"), ok("a", 1))
case("rpm: reached in another minute", list(cheap), ok("a"), ok("a", 1), at_ms=60000)
case("rpm: in flight does not count", list(cheap), *[start("a", t) for t in range(3)])
case("rpm: a failure does not count", list(cheap), *[bad("a", t, 500) for t in range(3)])
case("rpm: no output tokens, not counted", list(cheap), *[ok("a", t, tokens=(9, 0)) for t in range(3)])
case("rpm: embeddings count", list(cheap), *[ok("a", t, tokens=(9, 0), api="embeddings") for t in range(3)], api="embeddings")
case("rpm: the Responses API does not count", list(cheap), *[ok("a", t, api="responses") for t in range(3)])
case("rpm of zero is none", [price("a", 1e-6, 1e-6, rpm=0), price("b", 2e-6, 2e-6)], ok("a"))
case("rpm: all is forgotten ten minutes after the group's first answer", list(cheap), ok("b", 30000), ok("a", 610000), ok("a", 610001), at_ms=630001)
case("rpm: not before", list(cheap), ok("b", 30000), ok("a", 610000), ok("a", 610001), at_ms=630000)
case("tpm: with the request's tokens just reached", [price("a", 1e-6, 1e-6, tpm=40), price("b", 2e-6, 2e-6)], ok("a", tokens=(20, 10)), input_tokens=10)
case("tpm: with the request's tokens over", [price("a", 1e-6, 1e-6, tpm=39), price("b", 2e-6, 2e-6)], ok("a", tokens=(20, 10)), input_tokens=10)
case("all full", [price("a", 1e-6, 1e-6, rpm=1), price("b", 2e-6, 2e-6, rpm=1)], ok("a"), ok("b"))
case("the cheapest cools down", list(cheap), bad("a", 0, 429), at_ms=5000)
case("the sync entry refuses always", list(cheap), sync=True)

# ---------------------------------------------------------------- order

begin("order", enable_pre_call_checks=True)
case("the lowest", [d("a", order=2), d("b", order=1), d("c", order=3)])
case("two have the lowest: even", [d("a", order=1), d("b", order=1), d("c", order=2)], random=True)
case("shared by weight among the lowest", [d("a", order=1, weight=3), d("b", order=1, weight=1), d("c", order=2, weight=9)], random=True)
case("none has one: all", ds("ab"), random=True)
case("without one: never, if another has one", [d("a"), d("b", order=9)])
case("zero and below", [d("a", order=1), d("b", order=0), d("c", order=-1)])
case("off unless enable_pre_call_checks", [d("a", order=1), d("b", order=2)], settings={}, random=True)
case("no messages: not looked at", [d("a", order=1), d("b", order=2)], api="embeddings", random=True)
two = d("a", order=1), d("b", order=2), d("c")
case("429: the next", list(two), bad("a", 0, 429), at_ms=5000)
case("429: back when it has cooled down", list(two), bad("a", 0, 429), at_ms=5001)
case("401: the next", list(two), bad("a", 0, 401), at_ms=1)
case("404: the next", list(two), bad("a", 0, 404), at_ms=1)
case("500: a retry gets the same again", list(two), bad("a", 0, 500), bad("a", 1, 500), at_ms=2)
case("a timeout: a retry gets the same again", list(two), bad("a", 0, timeout=True), at_ms=1)
case("400: the same again", list(two), bad("a", 0, 400), at_ms=1)
case("500, four of four: the same again", list(two), *[bad("a", t, 500) for t in range(4)], at_ms=9)
case("500, five of five within a minute: the next", list(two), *[bad("a", t, 500) for t in range(5)], at_ms=9)
case("500, half of ten: the same again", list(two), *[ok("a", t) for t in range(5)], *[bad("a", t, 500) for t in range(5, 10)], at_ms=10)
case("the lowest two cool down: the one without an order", list(two), bad("a", 0, 429), bad("b", 0, 429), at_ms=1)
case("all cool down", list(two), *[bad(id, 0, 429) for id in "abc"], at_ms=1)
limited = d("a", order=1, rpm=2), d("b", order=2)
case("rpm: not reached", list(limited), start("a"))
case("rpm: begun is counted, the next", list(limited), start("a"), start("a", 1))
case("rpm: for a minute from the first, still", list(limited), start("a", 30000), start("a", 30001), at_ms=90000)
case("rpm: for a minute from the first, over", list(limited), start("a", 30000), start("a", 30001), at_ms=90001)
case("rpm: none is left", [d("a", order=1, rpm=1), d("b", order=2, rpm=1)], start("a"), start("b", 1))
case("rpm: off without enable_pre_call_checks", [d("a", rpm=1), d("b", rpm=9)], start("a"), settings={}, random=True)
case("before the strategy: latency", [d("a", order=2), d("b", order=1)], one("a", 0.1), one("b", 0.9), strategy="latency-based-routing")
case("before the strategy: least busy", [d("a", order=2), d("b", order=1)], start("b"), strategy="least-busy")
case("before the strategy: usage", [d("a", order=2), d("b", order=1)], ok("b"), strategy="usage-based-routing")
case("before the strategy: cost", [price("a", 1e-6, 1e-6, order=2), price("b", 2e-6, 2e-6, order=1)], strategy="cost-based-routing")
case("usage: the lowest has reached its rpm, the next", [d("a", order=1, rpm=1), d("b", order=2)], ok("a"), strategy="usage-based-routing")
case("usage v2: the lowest has reached its rpm, refused", [d("a", order=1, rpm=1), d("b", order=2)], start("a"), strategy="usage-based-routing-v2")
case("latency: rpm reached by what is answered, refused", [d("a", order=1, rpm=1), d("b", order=2)], one("a", 0.1), strategy="latency-based-routing")
case("before tags: refused", [d("a", order=1), d("b", order=2, tags=["x"])], settings={"enable_pre_call_checks": True, "enable_tag_filtering": True}, tags=["x"])

# ---------------------------------------------------------------- tags

begin("tags", enable_tag_filtering=True)
every = {"enable_tag_filtering": True, "tag_filtering_match_any": False}
tagged = d("a", tags=["free"]), d("b", tags=["paid"]), d("c")
fallback = d("a", tags=["free"]), d("b", tags=["paid", "default"]), d("c")
case("the one that has it", list(tagged), tags=["paid"])
case("off by default", list(tagged), tags=["paid"], settings={}, random=True)
case("one of several is enough", list(tagged), tags=["new", "paid"])
case("several, each has one of them", list(tagged), tags=["free", "paid"], random=True)
case("all of them wanted: one has all", [d("a", tags=["x"]), d("b", tags=["x", "y", "z"])], tags=["x", "y"], settings=every)
case("all of them wanted: nobody has", [d("a", tags=["x"]), d("b", tags=["y"])], tags=["x", "y"], settings=every)
case("all of them wanted: nobody has, the default", [d("a", tags=["x"]), d("b", tags=["default"])], tags=["x", "y"], settings=every)
case("nobody has it", list(tagged), tags=["new"])
case("nobody has it, the default", list(fallback), tags=["new"])
case("nobody has it, two defaults: even", [*fallback, d("d", tags=["default"])], tags=["new"], random=True)
case("one has it, not the default", list(fallback), tags=["free"])
case("deployments without tags are not for tags", ds("ab"), tags=["new"])
case("deployments with an empty list are not for tags", [d("a", tags=[]), d("b", tags=["paid"])], tags=["paid"])
case("no tags: all, with tags or without", list(tagged), random=True)
case("no tags: the default alone", list(fallback))
case("an empty list is no tags", list(fallback), tags=[])
case("default can be asked for", list(fallback), tags=["default"])
case("upper and lower case differ", list(tagged), tags=["Paid"])
case("the one that has it cools down: the default", list(fallback), bad("a", 0, 429), tags=["free"], at_ms=1)
case("the one that has it cools down: refused", list(tagged), bad("b", 0, 429), tags=["paid"], at_ms=1)
case("tags of litellm_metadata", list(tagged), tags=["paid"], metadata="litellm_metadata")
case("before the strategy: latency", list(tagged), one("a", 0.1), one("b", 0.9), tags=["paid"], strategy="latency-based-routing")
case("before the strategy: least busy", list(tagged), start("b"), tags=["paid"], strategy="least-busy")
case("before the strategy: usage v2", list(tagged), ok("b"), tags=["paid"], strategy="usage-based-routing-v2")
case("before the strategy: cost", list(tagged), tags=["paid"], strategy="cost-based-routing")
case("usage-based-routing does not look at them", list(tagged), tags=["paid"], strategy="usage-based-routing")
case("the sync entry does not look at them", list(tagged), tags=["paid"], sync=True, random=True)

# ---------------------------------------------------------------- provider budgets

DAY = 86400000


def budget(**of):
    return {"provider_budget_config": {k: {n: x for n, x in zip(("budget_limit", "time_period"), v) if x is not None} for k, v in of.items()}}


begin("provider-budget", **budget(openai=(1.0, "1d")))
pair = d("a", "openai/a"), d("b", "anthropic/b")
case("nothing spent", list(pair), random=True)
case("below", list(pair), ok("a", cost=0.5), ok("a", 1, cost=0.25), random=True)
case("reached", list(pair), ok("a", cost=0.5), ok("a", 1, cost=0.5))
case("passed", list(pair), ok("a", cost=5.0))
case("spent by another deployment of the provider", [*pair, d("c", "openai/c")], ok("a", cost=1.0))
case("spent by a provider without a budget", list(pair), ok("b", cost=100.0), random=True)
case("no budget for any provider of the group", [d("a", "anthropic/a")], ok("a", cost=100.0))
case("all passed", [d("a", "openai/a"), d("b", "openai/b")], ok("a", cost=1.0))
both = budget(openai=(1.0, "1d"), anthropic=(2.0, "1d"))
case("two providers, each its own: one reached", list(pair), ok("a", cost=1.0), ok("b", cost=1.0), settings=both)
case("two providers, each its own: the other reached", list(pair), ok("b", cost=2.0), ok("a", cost=0.5), settings=both)
case("two providers, all reached", list(pair), ok("b", cost=2.0), ok("a", cost=1.0), settings=both)
case("in flight does not count", list(pair), *[start("a", t) for t in range(9)], random=True)
case("a failure does not count", list(pair), bad("a", 0, 500), random=True)
case("a period after the router's start, still", list(pair), ok("a", 1000, cost=1.0), at_ms=DAY)
case("more than a period after the router's start", list(pair), ok("a", 1000, cost=1.0), at_ms=DAY + 1, random=True)
minute = budget(openai=(1.0, "60s"))
case("the next period begins with its first success: still", list(pair), ok("a", 90000, cost=1.0), settings=minute, at_ms=150000)
case("the next period begins with its first success: over", list(pair), ok("a", 90000, cost=1.0), settings=minute, at_ms=150001, random=True)
case("what was spent in a period ends with it, also just before its end", list(pair), ok("a", 59999, cost=9.0), settings=minute, at_ms=60001, random=True)
case("several within a period end together", list(pair), ok("a", 90000, cost=0.5), ok("a", 149000, cost=0.5), settings=minute, at_ms=150001, random=True)
case("a budget of zero is none", list(pair), ok("a", cost=9.0), settings=budget(openai=(0, "1d")), random=True)
case("a budget without a period is none", list(pair), ok("a", cost=9.0), settings=budget(openai=(1.0, None)), random=True)
case("a period without a budget: never", list(pair), settings=budget(openai=(None, "1d")))
case("embeddings do not count", list(pair), ok("a", tokens=(9, 0), cost=9.0, api="embeddings"), random=True)
case("the Responses API does not count", list(pair), ok("a", cost=9.0, api="responses"), random=True)
case("the Messages API counts", list(pair), ok("a", cost=9.0, api="messages"))
own = [d("a", "openai/a", max_budget=1.0, budget_duration="1d"), d("b", "openai/b")]
case("a deployment's own, below", own, ok("a", cost=0.5), settings={}, random=True)
case("a deployment's own, reached", own, ok("a", cost=1.0), settings={})
case("a deployment's own, spent by another", own, ok("b", cost=9.0), settings={}, random=True)
case("a deployment's own begins with its first success: still", own, ok("a", 5000, cost=1.0), settings={}, at_ms=DAY + 5000)
case("a deployment's own begins with its first success: over", own, ok("a", 5000, cost=1.0), settings={}, at_ms=DAY + 5001, random=True)
case("a deployment's own without a period is none", [d("a", "openai/a", max_budget=1.0), d("b", "openai/b")], ok("a", cost=9.0), settings={}, random=True)
case("a deployment's own and its provider's", [*own, d("c", "anthropic/c")], ok("a", cost=1.0))
case("before the strategy: latency", list(pair), one("a", 0.1, cost=1.0), one("b", 0.9), strategy="latency-based-routing")
case("before the strategy: least busy", list(pair), ok("a", cost=1.0), start("b"), strategy="least-busy")
case("before the strategy: usage v2", list(pair), ok("a", cost=1.0), ok("b", tokens=(900, 100)), strategy="usage-based-routing-v2")
case("before order: the next", [d("a", "openai/a", order=1), d("b", "anthropic/b", order=2)], ok("a", cost=1.0), settings={**budget(openai=(1.0, "1d")), "enable_pre_call_checks": True})
case("usage-based-routing does not look at it", list(pair), ok("a", cost=1.0), ok("b", tokens=(900, 100)), strategy="usage-based-routing")
case("the sync entry does not look at it", list(pair), ok("a", cost=1.0), sync=True, random=True)

# ---------------------------------------------------------------- the files


def line(value):
    return json.dumps(value, ensure_ascii=False)


def text(name, cases):
    out = ['{"litellm": %s, "strategy": %s, "start": %s, "cases": [' % (line(VERSION), line(name), line(START.isoformat()))]
    for i, c in enumerate(cases):
        out.append("{" + ", ".join(f"{line(k)}: {line(c[k])}" for k in ("name", "strategy", "args", "settings")) + ",")
        for k in ("deployments", "events"):
            out.append(f" {line(k)}: [" + ("\n" if c[k] else "") + ",\n".join("  " + line(x) for x in c[k]) + "],")
        out.append(f' "request": {line(c["request"])},')
        out.append(
            " "
            + ", ".join(f"{line(k)}: {line(c[k])}" for k in ("picks", "n", "deterministic", "refused"))
            + ("}," if i + 1 < len(cases) else "}")
        )
    return "\n".join(out) + "\n]}\n"


def main():
    assert importlib.metadata.version("litellm") == VERSION
    folder = os.path.dirname(os.path.abspath(__file__))
    for name, cases in files.items():
        assert len({c["name"] for c in cases}) == len(cases), name
        done = text(name, [run(c) for c in cases])
        json.loads(done)
        with open(os.path.join(folder, name + ".json"), "w") as f:
            f.write(done)


if __name__ == "__main__":
    main()
