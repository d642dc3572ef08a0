"""One module per engine. Peers run inside a worker process (bench.worker); hearsay brings its own worker."""

from importlib import import_module

# engine -> (module, class)
_PEERS = {
    "openai": ("openai_engine", "OpenAIEngine"),
    "ctranslate2": ("ctranslate2_engine", "CTranslate2Engine"),
    "whisper.cpp": ("whispercpp_engine", "WhisperCppEngine"),
}


def load(engine: str):
    """The class of a peer; importing its libraries happens here and nowhere else."""
    module, name = _PEERS[engine]
    return getattr(import_module(f"bench.engines.{module}"), name)
