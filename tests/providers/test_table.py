"""Which host is a provider, and which wire format a path has."""

from __future__ import annotations

import importlib
import pkgutil
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dlp.providers import formats
from dlp.providers.refusals import SHAPES
from dlp.providers.table import HOSTS_FILE, default_table, host_suffixes, normalise_host, normalise_path, table_of

TABLE = default_table()
RAW = yaml.safe_load(HOSTS_FILE.read_text("utf-8"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("api.openai.com", "openai"),
        ("API.OpenAI.com", "openai"),
        ("api.openai.com.", "openai"),
        ("eu.api.openai.com", "openai"),
        ("acme.openai.azure.com", "azure_openai"),
        ("acme.services.ai.azure.com", "azure_openai"),
        ("acme.cognitiveservices.azure.com", "azure_openai"),
        ("models.inference.ai.azure.com", "azure_openai"),
        ("api.anthropic.com", "anthropic"),
        ("aws-external-anthropic.us-west-2.api.aws", "anthropic"),
        ("claude.googleapis.com", "anthropic"),
        ("generativelanguage.googleapis.com", "gemini"),
        ("us-central1-aiplatform.googleapis.com", "vertex"),
        ("aiplatform.googleapis.com", "vertex"),
        ("aiplatform.eu.rep.googleapis.com", "vertex"),
        ("europe-west4-aiplatform.mtls.googleapis.com", "vertex"),
        ("cloudcode-pa.googleapis.com", "gemini_code_assist"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "bedrock"),
        ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "bedrock"),
        ("bedrock-runtime.cn-north-1.amazonaws.com.cn", "bedrock"),
        ("bedrock-runtime.us-east-1.api.aws", "bedrock"),
        ("bedrock-agent-runtime.eu-central-1.amazonaws.com", "bedrock"),
        ("bedrock-agent-runtime-fips.us-east-1.amazonaws.com", "bedrock"),
        ("vpce-0a1b-2c3d.bedrock-runtime.us-east-1.vpce.amazonaws.com", "bedrock"),
        ("bedrock-mantle.us-east-1.api.aws", "bedrock_mantle"),
        ("api.mistral.ai", "mistral"),
        ("codestral.mistral.ai", "mistral"),
        ("api.cohere.com", "cohere"),
        ("api.groq.com", "groq"),
        ("api-inference.together.ai", "together"),
        ("api.fireworks.ai", "fireworks"),
        ("api.deepseek.com", "deepseek"),
        ("us-east-1.api.x.ai", "xai"),
        ("api.perplexity.ai", "perplexity"),
        ("openrouter.ai", "openrouter"),
        ("api.cerebras.ai", "cerebras"),
        ("integrate.api.nvidia.com", "nvidia"),
        ("models.github.ai", "github_models"),
        ("api.githubcopilot.com", "github_copilot"),
        ("api.individual.githubcopilot.com", "github_copilot"),
        ("copilot-api.acme.ghe.com", "github_copilot"),
        ("router.huggingface.co", "huggingface"),
        ("abc123.us-east-1.aws.endpoints.huggingface.cloud", "huggingface"),
        ("api.replicate.com", "replicate"),
        ("ollama.com", "ollama"),
        ("api.ai21.com", "ai21"),
        ("api.voyageai.com", "voyage"),
        ("api.jina.ai", "jina"),
        ("dashscope-intl.aliyuncs.com", "openai_compatible"),
        ("adb-123.4.databricks.com", "openai_compatible"),
        ("chatgpt.com", "chatgpt_web"),
        ("claude.ai", "claude_web"),
        ("gemini.google.com", "gemini_web"),
        ("api2.cursor.sh", "cursor"),
    ],
)
def test_a_providers_hosts_are_found(host: str, expected: str) -> None:
    provider = TABLE.find(host)
    assert provider is not None
    assert provider.id == expected


@pytest.mark.parametrize(
    "host",
    [
        "evilchatgpt.com",
        "chatgpt.com.evil.example",
        "api.openai.com.evil.example",
        "apixopenai.com",
        "api-openai.com",
        "xapi.openai.com",
        "a.b.api.openai.com",
        "openai.com",
        "openai.azure.com.evil.example",
        "evilopenai.azure.com",
        "x.evil-aiplatform.googleapis.com",
        "aiplatform.googleapis.com.evil.example",
        "storage.googleapis.com",
        "s3.us-east-1.amazonaws.com",
        "bedrock-runtime.amazonaws.com",
        "bedrock-runtime.us-east-1.evil.amazonaws.com",
        "bedrock-runtime.us-east-1x.y.amazonaws.com",
        "huggingface.co",
        "acme.ghe.com",
        "api.acme.ghe.com",
        "github.com",
        "example.org",
        "127.0.0.1",
        "[::1]",
        "",
        "." * 300,
        "api.openai.com\nx",
        "api.openai.com:443",
        "api.openai.com/",
        "\u0430pi.openai.com",
        "x" * 70 + ".openai.azure.com",
    ],
)
def test_nobody_elses_hosts_are(host: str) -> None:
    assert TABLE.find(host) is None


def test_a_name_in_full_width_is_the_name_that_resolvers_make_of_it() -> None:
    found = TABLE.find("\uff41pi.openai\u3002com")
    assert found is not None
    assert found.id == "openai"


@pytest.mark.parametrize("host", [*RAW["never_open"], *(name.upper() for name in RAW["never_open"])])
def test_sign_in_and_telemetry_are_never_opened(host: str) -> None:
    assert TABLE.find(host) is None


def test_a_policy_may_add_hosts() -> None:
    table = TABLE.with_hosts(
        {
            "LLM.corp.example": "openai",
            "127.0.0.1:8765": "anthropic",
            "*.gpu.corp.example": "ollama",
            "[::1]:8000": "gemini",
        }
    )

    def find(host: str, port: int | None = None) -> str | None:
        provider = table.find(host, port)
        return provider.id if provider else None

    assert find("llm.corp.example") == "openai"
    assert find("127.0.0.1", 8765) == "anthropic"
    assert find("127.0.0.1", 8766) is None
    assert find("127.0.0.1") is None
    assert find("a.b.gpu.corp.example") == "ollama"
    assert find("gpu.corp.example") is None
    assert find("::1", 8000) == find("[::1]", 8000) == "gemini"
    assert find("api.openai.com") == "openai"
    assert TABLE.find("llm.corp.example") is None, "the shipped table stays as it was"


def test_a_policy_may_give_a_shipped_host_another_provider() -> None:
    table = TABLE.with_hosts({"api.jina.ai": "cohere"})
    provider = table.find("api.jina.ai")
    assert provider is not None
    assert provider.id == "cohere"


def test_an_unknown_provider_is_refused() -> None:
    with pytest.raises(KeyError):
        TABLE.with_hosts({"llm.corp.example": "opnai"})


def test_every_entry_can_be_used() -> None:
    """Families exist and have routes, error shapes exist, no host stands twice."""
    families = {module.name for module in pkgutil.iter_modules(formats.__path__)}
    hosts = [host for entry in RAW["providers"].values() for host in entry["hosts"]]
    assert len(hosts) == len(set(hosts))
    used = set()
    for name, entry in RAW["providers"].items():
        assert entry["hosts"], name
        assert set(entry["speaks"]) <= families, name
        assert entry["errors"] in SHAPES, name
        used |= set(entry["speaks"])
    assert families - used == {"generic"}
    for family in used:
        assert importlib.import_module(f"dlp.providers.formats.{family}").ROUTES, family


def test_ids_of_formats_are_unique() -> None:
    seen: dict[str, object] = {}
    for module in pkgutil.iter_modules(formats.__path__):
        for route in importlib.import_module(f"dlp.providers.formats.{module.name}").ROUTES:
            assert seen.setdefault(route.format.id, route.format) is route.format


def test_suffixes_cover_every_host() -> None:
    suffixes = host_suffixes()
    for entry in RAW["providers"].values():
        for host in entry["hosts"]:
            concrete = host.replace("*.", "a.").replace("{r}", "b")
            assert any(concrete == suffix or concrete.endswith("." + suffix) for suffix in suffixes), host


PATHS = [
    # (provider, method, path, format)
    ("openai", "POST", "/v1/chat/completions", "oai.chat"),
    ("openai", "GET", "/v1/chat/completions/chatcmpl-1/messages", "oai.chat"),
    ("openai", "POST", "/v1/responses", "oai.responses"),
    ("openai", "POST", "/v1/responses/compact", "oai.responses"),
    ("openai", "POST", "/v1/responses/input_tokens", "oai.responses"),
    ("openai", "GET", "/v1/responses/resp_1?stream=true", "oai.responses"),
    ("openai", "GET", "/v1/responses", "oai.responses"),
    ("openai", "GET", "/v1/responses/resp_1/input_items", "oai.responses"),
    ("openai", "POST", "/v1/completions", "oai.completions"),
    ("openai", "POST", "/v1/embeddings", "oai.embeddings"),
    ("openai", "POST", "/v1/moderations", "oai.moderations"),
    ("openai", "POST", "/v1/images/generations", "oai.images"),
    ("openai", "POST", "/v1/images/edits", "oai.images"),
    ("openai", "POST", "/v1/images/variations", "oai.images"),
    ("openai", "POST", "/v1/videos", "oai.videos"),
    ("openai", "POST", "/v1/videos/v_1/remix", "oai.videos"),
    ("openai", "POST", "/v1/audio/speech", "oai.audio"),
    ("openai", "POST", "/v1/audio/transcriptions", "oai.audio"),
    ("openai", "POST", "/v1/audio/translations", "oai.audio"),
    ("openai", "POST", "/v1/files", "oai.files"),
    ("openai", "GET", "/v1/files/file-1/content", "oai.files"),
    ("openai", "POST", "/v1/uploads/u_1/parts", "oai.files"),
    ("openai", "POST", "/v1/batches", "oai.jobs"),
    ("openai", "POST", "/v1/fine_tuning/jobs", "oai.jobs"),
    ("openai", "POST", "/v1/fine_tuning/alpha/graders/run", "oai.jobs"),
    ("openai", "POST", "/v1/evals", "oai.jobs"),
    ("openai", "POST", "/v1/conversations", "oai.responses"),
    ("openai", "POST", "/v1/conversations/conv_1/items", "oai.responses"),
    ("openai", "GET", "/v1/conversations/conv_1/items", "oai.responses"),
    ("openai", "POST", "/v1/assistants", "oai.assistants"),
    ("openai", "POST", "/v1/threads/runs", "oai.assistants"),
    ("openai", "POST", "/v1/threads/t_1/messages", "oai.assistants"),
    ("openai", "POST", "/v1/threads/t_1/runs/r_1/submit_tool_outputs", "oai.assistants"),
    ("openai", "GET", "/v1/threads/t_1/messages", "oai.assistants"),
    ("openai", "POST", "/v1/vector_stores/vs_1/search", "oai.search"),
    ("openai", "GET", "/v1/vector_stores/vs_1/files/f_1/content", "oai.search"),
    ("openai", "GET", "/v1/realtime?model=gpt-realtime", "oai.realtime"),
    ("openai", "POST", "/v1/realtime/client_secrets", "oai.realtime"),
    ("openai", "POST", "/v1/realtime/calls", "oai.realtime"),
    ("openai", "POST", "/v2/whatever", "generic"),
    ("openai", "DELETE", "/v1/responses/resp_1", "generic"),
    ("azure_openai", "POST", "/openai/deployments/gpt-5/chat/completions?api-version=2025-04-01", "oai.chat"),
    ("azure_openai", "POST", "/OpenAI/Deployments/gpt-5/Chat/Completions", "oai.chat"),
    ("azure_openai", "POST", "/openai/v1/responses", "oai.responses"),
    ("azure_openai", "POST", "/anthropic/v1/messages", "ant.messages"),
    ("anthropic", "POST", "/v1/messages?beta=true", "ant.messages"),
    ("anthropic", "POST", "/v1/messages/count_tokens", "ant.messages"),
    ("anthropic", "POST", "/v1/messages/batches", "ant.batches"),
    ("anthropic", "GET", "/v1/messages/batches/b_1/results", "ant.batches"),
    ("anthropic", "POST", "/v1/complete", "ant.complete"),
    ("anthropic", "POST", "/v1/files", "oai.files"),
    ("anthropic", "POST", "/v1/sessions/s_1/events", "ant.sessions"),
    ("anthropic", "GET", "/v1/sessions/s_1/events/stream", "ant.sessions"),
    ("anthropic", "POST", "/v1/agents", "ant.sessions"),
    ("anthropic", "POST", "/v1/memory_stores/m_1/memories", "ant.sessions"),
    ("anthropic", "POST", "/v1/vaults/v_1/credentials", "ant.vaults"),
    ("gemini", "POST", "/v1beta/models/gemini-3-pro:generateContent", "gem.generate"),
    ("gemini", "POST", "/v1/models/gemini-3-pro:streamGenerateContent?alt=sse", "gem.generate"),
    ("gemini", "POST", "/v1beta/models/gemini-3-pro%3AgenerateContent", "gem.generate"),
    ("gemini", "POST", "/v1beta/models/gemini-3-pro:countTokens", "gem.generate"),
    ("gemini", "POST", "/v1beta/models/gemini-3-pro:batchGenerateContent", "gem.stored"),
    ("gemini", "POST", "/v1beta/tunedModels/mine:generateContent", "gem.generate"),
    ("gemini", "POST", "/v1beta/cachedContents", "gem.stored"),
    ("gemini", "PATCH", "/v1beta/cachedContents/c_1", "gem.stored"),
    ("gemini", "POST", "/v1beta/models/e:embedContent", "gem.embed"),
    ("gemini", "POST", "/v1beta/models/e:batchEmbedContents", "gem.embed"),
    ("gemini", "POST", "/v1beta/models/imagen:predict", "gem.embed"),
    ("gemini", "POST", "/v1beta/models/veo:predictLongRunning", "gem.embed"),
    ("gemini", "POST", "/v1beta/interactions", "gem.interactions"),
    ("gemini", "GET", "/v1beta/interactions/i_1", "gem.interactions"),
    ("gemini", "GET", "//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent", "gem.live"),
    (
        "gemini",
        "GET",
        "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained",
        "gem.live",
    ),
    ("gemini", "POST", "/upload/v1beta/files", "gem.files"),
    ("gemini", "POST", "/upload/v1beta/fileSearchStores/s_1:uploadToFileSearchStore", "gem.files"),
    ("gemini", "POST", "/v1beta/openai/chat/completions", "oai.chat"),
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/google/models/g:streamGenerateContent", "gem.generate"),
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/google/models/g:computeTokens", "gem.generate"),
    ("vertex", "POST", "/v1beta1/projects/p/locations/l/endpoints/1234:generateContent", "gem.generate"),
    ("vertex", "POST", "/v1beta1/projects/p/locations/l/cachedContents", "gem.stored"),
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/anthropic/models/claude@1:rawPredict", "ant.messages"),
    (
        "vertex",
        "POST",
        "/v1/projects/p/locations/l/publishers/anthropic/models/claude@1:streamRawPredict",
        "ant.messages",
    ),
    (
        "vertex",
        "POST",
        "/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict",
        "ant.messages",
    ),
    ("vertex", "POST", "/v1/projects/p/locations/l/publishers/google/models/e:predict", "gem.embed"),
    ("vertex", "POST", "/v1/projects/p/locations/l/endpoints/openapi/chat/completions", "oai.chat"),
    ("vertex", "GET", "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent", "gem.live"),
    ("gemini_code_assist", "POST", "/v1internal:streamGenerateContent?alt=sse", "gem.generate"),
    ("gemini_code_assist", "POST", "/v1internal:countTokens", "gem.generate"),
    ("bedrock", "POST", "/model/anthropic.claude-v2%3A1/converse", "bed.converse"),
    ("bedrock", "POST", "/model/anthropic.claude-x-v1:0/converse-stream", "bed.converse"),
    (
        "bedrock",
        "POST",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.x/converse",
        "bed.converse",
    ),
    ("bedrock", "POST", "/model/us.anthropic.claude-x-v1:0/invoke", "bed.invoke"),
    ("bedrock", "POST", "/model/meta.llama3/invoke-with-response-stream", "bed.invoke"),
    ("bedrock", "POST", "/model/amazon.nova-sonic/invoke-with-bidirectional-stream", "generic"),
    ("bedrock", "POST", "/model/x/count-tokens", "bed.count"),
    ("bedrock", "POST", "/async-invoke", "bed.async"),
    ("bedrock", "POST", "/guardrail/g_1/version/1/apply", "bed.guard"),
    ("bedrock", "POST", "/guardrail-checks/invoke", "bed.guard"),
    ("bedrock", "POST", "/agents/A/agentAliases/B/sessions/S/text", "bed.agent"),
    ("bedrock", "POST", "/knowledgebases/K/retrieve", "bed.knowledge"),
    ("bedrock", "POST", "/retrieveAndGenerateStream", "bed.knowledge"),
    ("bedrock", "POST", "/flows/F/aliases/A", "bed.knowledge"),
    ("bedrock", "POST", "/rerank", "bed.knowledge"),
    ("bedrock", "POST", "/generateQuery", "bed.knowledge"),
    ("bedrock", "POST", "/optimize-prompt", "bed.knowledge"),
    ("bedrock", "POST", "/openai/v1/chat/completions", "oai.chat"),
    ("bedrock_mantle", "POST", "/anthropic/v1/messages", "ant.messages"),
    ("bedrock_mantle", "POST", "/v1/responses", "oai.responses"),
    ("mistral", "POST", "/v1/chat/completions", "oai.chat"),
    ("mistral", "POST", "/v1/agents/completions", "oai.chat"),
    ("mistral", "POST", "/v1/fim/completions", "oai.completions"),
    ("mistral", "POST", "/v1/conversations", "mis.conversations"),
    ("mistral", "POST", "/v1/conversations/c_1/restart", "mis.conversations"),
    ("mistral", "POST", "/v1/agents", "mis.conversations"),
    ("mistral", "POST", "/v1/ocr", "mis.ocr"),
    ("mistral", "POST", "/v1/chat/moderations", "oai.moderations"),
    ("mistral", "POST", "/v1/classifications", "oai.moderations"),
    ("mistral", "POST", "/v1/chat/classifications", "oai.moderations"),
    ("mistral", "POST", "/v1/batch/jobs", "oai.jobs"),
    ("mistral", "POST", "/v1/embeddings", "oai.embeddings"),
    ("cohere", "POST", "/v2/chat", "coh.chat2"),
    ("cohere", "POST", "/v1/chat", "coh.chat1"),
    ("cohere", "POST", "/v1/generate", "coh.chat1"),
    ("cohere", "POST", "/v1/summarize", "coh.chat1"),
    ("cohere", "POST", "/v2/embed", "coh.other"),
    ("cohere", "POST", "/v2/rerank", "coh.other"),
    ("cohere", "POST", "/v1/classify", "coh.other"),
    ("cohere", "POST", "/v1/tokenize", "coh.other"),
    ("cohere", "POST", "/compatibility/v1/chat/completions", "oai.chat"),
    ("groq", "POST", "/openai/v1/chat/completions", "oai.chat"),
    ("groq", "POST", "/openai/v1/audio/transcriptions", "oai.audio"),
    ("together", "POST", "/v1/rerank", "oai.search"),
    ("fireworks", "POST", "/inference/v1/chat/completions", "oai.chat"),
    ("deepseek", "POST", "/chat/completions", "oai.chat"),
    ("deepseek", "POST", "/beta/completions", "oai.completions"),
    ("deepseek", "POST", "/anthropic/v1/messages", "ant.messages"),
    ("xai", "POST", "/v1/messages", "ant.messages"),
    ("perplexity", "POST", "/chat/completions", "oai.chat"),
    ("openrouter", "POST", "/api/v1/chat/completions", "oai.chat"),
    ("nvidia", "POST", "/v1/chat/completions", "oai.chat"),
    ("github_models", "POST", "/orgs/acme/inference/chat/completions", "oai.chat"),
    ("github_copilot", "POST", "/chat/completions", "oai.chat"),
    ("github_copilot", "POST", "/v1/engines/copilot-codex/completions", "oai.completions"),
    ("github_copilot", "POST", "/v1/messages", "ant.messages"),
    ("huggingface", "POST", "/v1/chat/completions", "oai.chat"),
    ("huggingface", "POST", "/hf-inference/models/acme/bert", "hf.infer"),
    ("huggingface", "POST", "/hf-inference/models/acme/llm/v1/chat/completions", "oai.chat"),
    ("huggingface", "POST", "/generate_stream", "hf.infer"),
    ("huggingface", "POST", "/", "hf.infer"),
    ("replicate", "POST", "/v1/predictions", "rep.predictions"),
    ("replicate", "POST", "/v1/models/acme/llm/predictions", "rep.predictions"),
    ("replicate", "POST", "/v1/deployments/acme/llm/predictions", "rep.predictions"),
    ("replicate", "GET", "/v1/predictions/p_1", "rep.predictions"),
    ("ollama", "POST", "/api/chat", "oll.chat"),
    ("ollama", "POST", "/api/generate", "oll.chat"),
    ("ollama", "POST", "/api/embed", "oll.other"),
    ("ollama", "POST", "/api/web_search", "oll.other"),
    ("ollama", "POST", "/v1/chat/completions", "oai.chat"),
    ("ai21", "POST", "/studio/v1/chat/completions", "oai.chat"),
    ("voyage", "POST", "/v1/multimodalembeddings", "oai.embeddings"),
    ("voyage", "POST", "/v1/contextualizedembeddings", "oai.embeddings"),
    ("jina", "POST", "/v1/rerank", "oai.search"),
    ("openai_compatible", "POST", "/compatible-mode/v1/chat/completions", "oai.chat"),
    ("chatgpt_web", "POST", "/backend-api/f/conversation", "cgpt.web"),
    ("chatgpt_web", "POST", "/backend-anon/conversation", "cgpt.web"),
    ("chatgpt_web", "POST", "/backend-api/codex/responses", "oai.responses"),
    ("claude_web", "POST", "/api/organizations/o/chat_conversations/c/completion", "claude.web"),
]


@pytest.mark.parametrize(("provider", "method", "path", "expected"), PATHS)
def test_routes(provider: str, method: str, path: str, expected: str) -> None:
    assert TABLE._providers[provider].wire_format(method, path).id == expected


@pytest.mark.parametrize(
    "path",
    [
        "/v1/chat/completions/",
        "/v1//chat///completions",
        "//v1/chat/completions",
        "/v1/chat/completions?x=/v1/embeddings",
        "/v1/chat/completions#/v1/embeddings",
        "/v1/chat%2Fcompletions",
        "/v1/%63hat/completions",
        "/v1/./chat/completions",
        "/v1/embeddings/../chat/completions",
        "/v1/embeddings/%2e%2e/chat/completions",
        "/../../v1/chat/completions",
        "/v1/chat/completions/.",
        "/V1/Chat/Completions",
        "/unusual/prefix/v1/chat/completions",
    ],
)
def test_another_spelling_of_a_path_has_the_same_format(path: str) -> None:
    assert TABLE._providers["openai"].wire_format("POST", path).id == "oai.chat"


@pytest.mark.parametrize(
    "path",
    ["/v1/chat%252Fcompletions", "/v1/chat/completionsx", "/v1/xchat/completionz", "/v1/chat/completions;x/y", "", "*"],
)
def test_what_is_no_spelling_of_a_known_path_is_examined_whole(path: str) -> None:
    assert TABLE._providers["openai"].wire_format("POST", path).id == "generic"


@given(st.text(st.sampled_from("ab%2F./?#\\;é\n"), max_size=20))
def test_normalised_paths_are_normal(path: str) -> None:
    normal = normalise_path(path)
    assert normal.startswith("/")
    assert "//" not in normal
    assert not {".", ".."} & set(normal.split("/"))
    assert normalise_path(quote(normal)) == normal


@given(st.text(max_size=30))
def test_any_host_and_path_can_be_asked_about(name: str) -> None:
    provider = TABLE.find(name, 443)
    assert provider is None or normalise_host(name)
    TABLE._providers["openai"].wire_format(name, name)


def test_a_provider_that_speaks_a_known_format_is_one_row() -> None:
    """Its host is opened, each of its endpoints has a format, and refusals have a shape; all from data."""
    row = {"hosts": ["llm.{r}.newcomer.example"], "speaks": ["openai", "anthropic"], "errors": "openai"}
    table = table_of({**RAW, "providers": {**RAW["providers"], "newcomer": row}})
    newcomer = table.find("llm.eu.newcomer.example")
    assert newcomer is not None
    assert newcomer.id == "newcomer"
    assert newcomer.errors in SHAPES
    assert newcomer.wire_format("POST", "/v1/chat/completions").id == "oai.chat"
    assert newcomer.wire_format("POST", "/anthropic/v1/messages").id == "ant.messages"
    assert newcomer.wire_format("POST", "/v1/novelties").id == "generic"
    assert TABLE.find("llm.eu.newcomer.example") is None
    assert table.providers[:-1] == TABLE.providers
