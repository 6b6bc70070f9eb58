"""Calls RouteIQ with OpenAI's own client library. Usage: openai_client.py http://HOST:PORT"""

import asyncio

import openai

from checks import check, equal, main, raises

KEY = "sk-clients"
HELLO = [{"role": "user", "content": "Say hello."}]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def client(url, **options):
    # Without retries of its own: what is retried here is RouteIQ's affair.
    return openai.OpenAI(**{"base_url": url + "/v1", "api_key": KEY, "max_retries": 0, "timeout": 30, **options})


@check
def chat(url):
    answer = client(url).chat.completions.create(model="chat", messages=HELLO)
    assert answer.choices[0].message.content.startswith("Hello from "), answer
    equal(answer.choices[0].finish_reason, "stop")
    equal((answer.usage.prompt_tokens, answer.usage.completion_tokens), (9, 5))


@check
def chat_headers(url):
    raw = client(url).chat.completions.with_raw_response.create(
        model="gpt-4o", messages=HELLO, extra_headers={"x-request-id": "python-1"}
    )
    equal(raw.headers["x-request-id"], "python-1")
    equal(raw.headers["x-routeiq-model"], "chat")
    equal(raw.headers["x-routeiq-attempts"], "1")
    assert raw.headers["x-routeiq-deployment"] in ("chat-a", "chat-b")
    assert "content-encoding" not in raw.headers
    raw.parse()


@check
def chat_has_request_id(url):
    assert client(url).chat.completions.create(model="chat", messages=HELLO)._request_id


@check
def chat_stream(url):
    stream = client(url).chat.completions.create(model="chat", messages=HELLO, stream=True)
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks)
    assert text.startswith("Hello from "), text
    equal(chunks[-1].choices[0].finish_reason, "stop")
    assert all(c.usage is None for c in chunks)


@check
def chat_stream_with_usage(url):
    chunks = list(
        client(url).chat.completions.create(
            model="chat", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    equal((chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens), (9, 5))
    equal(chunks[-1].choices, [])


@check
def chat_stream_helper(url):
    with client(url).chat.completions.stream(model="chat", messages=HELLO) as stream:
        for _ in stream:
            pass
        final = stream.get_final_completion()
    assert final.choices[0].message.content.startswith("Hello from "), final


@check
def chat_stream_left_early(url):
    c = client(url)
    stream = c.chat.completions.create(model="chat", messages=HELLO, stream=True)
    next(iter(stream))
    stream.close()
    c.chat.completions.create(model="chat", messages=HELLO)


@check
def chat_tools(url):
    answer = client(url).chat.completions.create(model="chat", messages=HELLO, tools=[TOOL], tool_choice="auto")
    call = answer.choices[0].message.tool_calls[0]
    equal((call.function.name, call.function.arguments), ("get_weather", '{"city":"Paris"}'))
    equal(answer.choices[0].finish_reason, "tool_calls")


@check
def chat_tools_stream(url):
    arguments = ""
    for chunk in client(url).chat.completions.create(model="chat", messages=HELLO, tools=[TOOL], stream=True):
        for call in chunk.choices[0].delta.tool_calls or []:
            arguments += call.function.arguments or ""
    equal(arguments, '{"city":"Paris"}')


@check
def chat_on_a_second_attempt(url):
    raw = client(url).chat.completions.with_raw_response.create(model="shaky", messages=HELLO)
    equal(raw.headers["x-routeiq-attempts"], "2")
    equal(raw.parse().choices[0].message.content, "Hello from a.")
    chunks = list(client(url).chat.completions.create(model="shaky", messages=HELLO, stream=True))
    assert chunks[-1].choices[0].finish_reason == "stop"


@check
def chat_of_a_gzip_upstream(url):
    raw = client(url).chat.completions.with_raw_response.create(model="zipped", messages=HELLO)
    assert "gzip" in raw.http_request.headers["accept-encoding"]
    equal(raw.parse().choices[0].message.content, "Hello from z.")
    chunks = list(client(url).chat.completions.create(model="zipped", messages=HELLO, stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks).startswith("Hello from z.")


@check
def chat_async(url):
    async def many():
        async with openai.AsyncOpenAI(base_url=url + "/v1", api_key=KEY, max_retries=0, timeout=30) as c:
            calls = (c.chat.completions.create(model="chat", messages=HELLO) for _ in range(20))
            return await asyncio.gather(*calls)

    for answer in asyncio.run(many()):
        assert answer.choices[0].message.content.startswith("Hello from ")


@check
def chat_of_a_mock(url):
    answer = client(url).chat.completions.create(model="mocked", messages=HELLO)
    equal(answer.choices[0].message.content, "This is a mock.")
    assert answer.usage.completion_tokens > 0
    chunks = list(
        client(url).chat.completions.create(
            model="mocked", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    equal("".join(c.choices[0].delta.content or "" for c in chunks if c.choices), "This is a mock.")
    assert chunks[-1].usage.completion_tokens > 0


@check
def completions(url):
    answer = client(url).completions.create(model="chat", prompt="Say hello.")
    assert answer.choices[0].text.startswith("Hello from "), answer
    text = "".join(c.choices[0].text for c in client(url).completions.create(model="chat", prompt="Say hello.", stream=True))
    assert text.startswith("Hello from "), text


@check
def embeddings(url):
    # The library asks for base64 unless told otherwise, and decodes it.
    answer = client(url).embeddings.create(model="chat", input=["one", "two"])
    equal([d.embedding for d in answer.data], [[0.25, -0.5, 1.0]] * 2)
    answer = client(url).embeddings.create(model="chat", input="one", encoding_format="float")
    equal(answer.data[0].embedding, [0.25, -0.5, 1.0])
    answer = client(url).embeddings.create(model="mocked", input=["one", "two"])
    equal(len(answer.data), 2)
    assert all(isinstance(x, float) for x in answer.data[0].embedding)


@check
def responses(url):
    c = client(url)
    first = c.responses.create(model="chat", input="Say hello.")
    assert first.output_text.startswith("Hello from "), first
    equal((first.usage.input_tokens, first.usage.output_tokens), (9, 5))
    second = c.responses.create(model="chat", input="Again.", previous_response_id=first.id)
    equal(second.previous_response_id, first.id)
    equal(second.output_text, first.output_text)  # the same upstream made both
    equal(c.responses.retrieve(second.id).id, second.id)
    assert c.responses.input_items.list(second.id).data
    equal(c.responses.cancel(second.id).status, "cancelled")
    c.responses.delete(first.id)
    raises(openai.NotFoundError, lambda: c.responses.retrieve(first.id))


@check
def responses_stream(url):
    c = client(url)
    kinds, text, made = [], "", None
    for event in c.responses.create(model="chat", input="Say hello.", stream=True):
        kinds.append(event.type)
        if event.type == "response.output_text.delta":
            text += event.delta
        if event.type == "response.completed":
            made = event.response
    equal((kinds[0], kinds[-1]), ("response.created", "response.completed"))
    assert text.startswith("Hello from "), text
    equal(c.responses.retrieve(made.id).id, made.id)
    with c.responses.stream(model="chat", input="Again.", previous_response_id=made.id) as stream:
        for _ in stream:
            pass
        equal(stream.get_final_response().previous_response_id, made.id)


@check
def responses_tools(url):
    tool = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
    answer = client(url).responses.create(model="chat", input="Weather?", tools=[tool])
    equal((answer.output[0].type, answer.output[0].name), ("function_call", "get_weather"))


@check
def responses_of_a_mock(url):
    equal(client(url).responses.create(model="mocked", input="Say hello.").output_text, "This is a mock.")
    with client(url).responses.stream(model="mocked", input="Say hello.") as stream:
        for _ in stream:
            pass
        equal(stream.get_final_response().output_text, "This is a mock.")


@check
def azure_paths(url):
    c = openai.AzureOpenAI(azure_endpoint=url, api_version="2024-02-01", api_key=KEY, max_retries=0, timeout=30)
    answer = c.chat.completions.create(model="chat", messages=HELLO)
    assert answer.choices[0].message.content.startswith("Hello from ")
    equal(len(c.embeddings.create(model="chat", input="one").data), 1)


@check
def models(url):
    listed = [m.id for m in client(url).models.list()]
    assert {"chat", "claude", "gpt-4o", "mocked"} <= set(listed), listed
    equal(client(url).models.retrieve("chat").id, "chat")
    raises(openai.NotFoundError, lambda: client(url).models.retrieve("no-such-model"))


@check
def wrong_key(url):
    error = raises(
        openai.AuthenticationError,
        lambda: client(url, api_key="sk-wrong").chat.completions.create(model="chat", messages=HELLO),
    )
    equal((error.status_code, error.code), (401, "invalid_api_key"))


@check
def unknown_model(url):
    error = raises(
        openai.NotFoundError, lambda: client(url).chat.completions.create(model="no-such-model", messages=HELLO)
    )
    equal((error.code, error.param, error.type), ("model_not_found", "model", "invalid_request_error"))
    assert error.request_id


@check
def unknown_path(url):
    raises(openai.NotFoundError, lambda: client(url).images.generate(model="chat", prompt="A cat."))


@check
def bad_request(url):
    error = raises(openai.BadRequestError, lambda: client(url).chat.completions.create(model="picky", messages=HELLO))
    equal(error.code, "invalid_value")
    error = raises(
        openai.BadRequestError,
        lambda: client(url).chat.completions.create(model="chat", messages=HELLO, extra_body={"api_key": "x"}),
    )
    equal(error.param, "api_key")
    error = raises(
        openai.BadRequestError, lambda: client(url).chat.completions.create(model="claude", messages=HELLO)
    )
    assert "/v1/messages" in error.message


@check
def rate_limit(url):
    error = raises(openai.RateLimitError, lambda: client(url).chat.completions.create(model="limited", messages=HELLO))
    equal((error.code, error.response.headers["retry-after"]), ("rate_limit_exceeded", "2"))
    raises(
        openai.RateLimitError,
        lambda: client(url).chat.completions.create(model="limited", messages=HELLO, stream=True),
    )


@check
def server_errors(url):
    for model, status in (("broken", 500), ("unreachable", 503)):
        error = raises(
            openai.InternalServerError, lambda: client(url).chat.completions.create(model=model, messages=HELLO)
        )
        equal(error.status_code, status)


if __name__ == "__main__":
    main()
