"""The network of the encoder in plain torch: MiniLM-L6, a BERT of six layers, and a head of its own on top.

The head sees the first token, which gathers what stands around, beside the mean of the passage's own tokens. Only
tools/train_encoder.py imports this; what the bot runs is the same network, exported.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

OUTPUTS = 3
DROPOUT = 0.1
EPSILON = 1e-12
"""Of BERT's normalisation."""
_NAMES = {
    "words": "embeddings.word_embeddings",
    "places": "embeddings.position_embeddings",
    "types": "embeddings.token_type_embeddings",
    "layers": "encoder.layer",
    "looks": "attention.self.*",
    "seen_norm": "attention.output.LayerNorm",
    "seen": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "last_norm": "output.LayerNorm",
    "first_norm": "embeddings.LayerNorm",
}
"""Our parts and BERT's names for them."""


class Layer(nn.Module):
    """One layer: every token looks at all others, then is changed by itself."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.looks = nn.Linear(width, 3 * width)
        self.seen = nn.Linear(width, width)
        self.seen_norm = nn.LayerNorm(width, eps=EPSILON)
        self.widen = nn.Linear(width, inner)
        self.narrow = nn.Linear(inner, width)
        self.last_norm = nn.LayerNorm(width, eps=EPSILON)

    def forward(self, tokens: Tensor, mask: Tensor | None) -> Tensor:
        size, length, width = tokens.shape
        split = self.looks(tokens).view(size, length, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        lost = DROPOUT if self.training else 0.0
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=lost)
        seen = self.seen(seen.transpose(1, 2).reshape(size, length, width))
        tokens = self.seen_norm(tokens + functional.dropout(seen, DROPOUT, self.training))
        changed = self.narrow(functional.gelu(self.widen(tokens)))
        return self.last_norm(tokens + functional.dropout(changed, DROPOUT, self.training))


class Encoder(nn.Module):
    """From tokens to one log-odds for each kind. It starts from the weights in `base`, but for the head."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        config = json.loads((base / "config.json").read_text(encoding="utf-8"))
        width = config["hidden_size"]
        self.words = nn.Embedding(config["vocab_size"], width)
        self.places = nn.Embedding(config["max_position_embeddings"], width)
        self.types = nn.Embedding(config["type_vocab_size"], width)
        self.first_norm = nn.LayerNorm(width, eps=EPSILON)
        self.layers = nn.ModuleList(
            Layer(width, config["num_attention_heads"], config["intermediate_size"])
            for _ in range(config["num_hidden_layers"])
        )
        self.head = nn.Linear(2 * width, OUTPUTS)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        self._load(load_file(base / "model.safetensors"))

    def _load(self, stored: dict[str, Tensor]) -> None:
        """The base weights, under BERT's names."""
        state = {name: tensor for name, tensor in self.state_dict().items() if name.startswith("head")}
        for name in self.state_dict().keys() - state.keys():
            theirs = name
            for own, other in _NAMES.items():
                theirs = theirs.replace(own, other)
            parts = [theirs.replace("*", part) for part in ("query", "key", "value")] if "*" in theirs else [theirs]
            state[name] = torch.cat([stored[part] for part in parts]).float()
        self.load_state_dict(state)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor | None = None) -> Tensor:
        """Without a mask all inputs are of one length. What is padded has type 0, as what stands around has."""
        tokens = self.first_norm(self.words(ids) + self.types(types) + self.places.weight[: ids.shape[1]])
        tokens = functional.dropout(tokens, DROPOUT, self.training)
        for layer in self.layers:
            tokens = layer(tokens, None if mask is None else mask[:, None, None, :].bool())
        own = (types == 1).unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * own).sum(1) / own.sum(1).clamp(min=1)
        return self.head(functional.dropout(torch.cat([tokens[:, 0], mean], 1), DROPOUT, self.training))
