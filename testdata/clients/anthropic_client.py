"""Calls RouteIQ with Anthropic's own client library. Usage: anthropic_client.py http://HOST:PORT"""

import asyncio

import anthropic

from checks import check, equal, main, raises

KEY = "sk-clients"
HELLO = {"max_tokens": 64, "messages": [{"role": "user", "content": "Say hello."}]}
TOOL = {"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}


def client(url, **options):
    return anthropic.Anthropic(**{"base_url": url, "api_key": KEY, "max_retries": 0, "timeout": 30, **options})


@check
def messages(url):
    answer = client(url).messages.create(model="claude", **HELLO)
    equal(answer.content[0].text, "Hello from c.")
    equal(answer.stop_reason, "end_turn")
    equal((answer.usage.input_tokens, answer.usage.output_tokens), (9, 5))


@check
def messages_headers(url):
    raw = client(url).messages.with_raw_response.create(model="claude", **HELLO)
    equal(raw.headers["x-routeiq-deployment"], "claude-c")
    equal(raw.headers["x-routeiq-attempts"], "1")
    assert raw.headers["x-request-id"]
    raw.parse()


@check
def messages_with_a_bearer_token(url):
    answer = client(url, api_key=None, auth_token=KEY).messages.create(model="claude", **HELLO)
    equal(answer.content[0].text, "Hello from c.")


@check
def stream(url):
    with client(url).messages.stream(model="claude", **HELLO) as events:
        text = "".join(events.text_stream)
        final = events.get_final_message()
    assert text.startswith("Hello from c."), text
    equal(final.content[0].text, text)
    equal((final.usage.input_tokens, final.usage.output_tokens, final.stop_reason), (9, 5, "end_turn"))


@check
def stream_of_raw_events(url):
    kinds = [event.type for event in client(url).messages.create(model="claude", stream=True, **HELLO)]
    equal((kinds[0], kinds[-1]), ("message_start", "message_stop"))


@check
def tools(url):
    answer = client(url).messages.create(model="claude", tools=[TOOL], **HELLO)
    equal((answer.content[0].type, answer.content[0].name), ("tool_use", "get_weather"))
    equal(answer.content[0].input, {"city": "Paris"})
    equal(answer.stop_reason, "tool_use")


@check
def tools_stream(url):
    with client(url).messages.stream(model="claude", tools=[TOOL], **HELLO) as events:
        final = events.get_final_message()
    equal(final.content[0].input, {"city": "Paris"})


@check
def gzip_upstream(url):
    equal(client(url).messages.create(model="claude-zipped", **HELLO).content[0].text, "Hello from z.")
    with client(url).messages.stream(model="claude-zipped", **HELLO) as events:
        assert events.get_final_text().startswith("Hello from z.")


@check
def beta_api(url):
    answer = client(url).beta.messages.create(model="claude", betas=["some-beta-2025-01-01"], **HELLO)
    equal(answer.content[0].text, "Hello from c.")


@check
def several_at_once(url):
    async def many():
        async with anthropic.AsyncAnthropic(base_url=url, api_key=KEY, max_retries=0, timeout=30) as c:
            return await asyncio.gather(*(c.messages.create(model="claude", **HELLO) for _ in range(20)))

    for answer in asyncio.run(many()):
        equal(answer.content[0].text, "Hello from c.")


@check
def mock(url):
    equal(client(url).messages.create(model="mocked", **HELLO).content[0].text, "This is a mock.")
    with client(url).messages.stream(model="mocked", **HELLO) as events:
        equal(events.get_final_text(), "This is a mock.")


@check
def models(url):
    page = client(url).models.list()
    assert {"chat", "claude"} <= {m.id for m in page}
    equal(page.has_more, False)
    equal(client(url).models.retrieve("claude").id, "claude")


@check
def wrong_key(url):
    error = raises(
        anthropic.AuthenticationError, lambda: client(url, api_key="sk-wrong").messages.create(model="claude", **HELLO)
    )
    equal(error.body["error"]["type"], "authentication_error")


@check
def unknown_model(url):
    error = raises(anthropic.NotFoundError, lambda: client(url).messages.create(model="no-such-model", **HELLO))
    equal(error.body["error"]["type"], "not_found_error")


@check
def bad_request(url):
    error = raises(anthropic.BadRequestError, lambda: client(url).messages.create(model="claude-picky", **HELLO))
    equal(error.body["error"]["type"], "invalid_request_error")
    error = raises(anthropic.BadRequestError, lambda: client(url).messages.create(model="chat", **HELLO))
    assert "/v1/chat/completions" in error.body["error"]["message"]


@check
def rate_limit(url):
    error = raises(anthropic.RateLimitError, lambda: client(url).messages.create(model="claude-limited", **HELLO))
    equal(error.response.headers["retry-after"], "2")


@check
def server_error(url):
    error = raises(anthropic.InternalServerError, lambda: client(url).messages.create(model="claude-broken", **HELLO))
    equal(error.status_code, 500)


if __name__ == "__main__":
    main()
