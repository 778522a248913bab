"""Real models of every kind the workers run, so small that they are made in the tests: what they say is noise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workers.backends import tiny_model

LABELS = {0: "entailment", 1: "neutral", 2: "contradiction"}
VISION_TEMPLATE = (
    "<|begin|>{% for message in messages %}<|{{ message['role'] }}|>{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def chat(folder: Path) -> Path:
    """A decoder with a chat template."""
    return tiny_model.make(folder)


def base(folder: Path) -> Path:
    """The same decoder as it would be before it was taught to chat."""
    tiny_model.make(folder)
    (folder / "chat_template.jinja").unlink()
    return folder


def encoder_decoder(folder: Path) -> Path:
    """A T5, which closes its input with an end token as published ones do."""
    from tokenizers.processors import TemplateProcessing
    from transformers import T5Config, T5ForConditionalGeneration

    tokenizer = tiny_model.byte_level_tokenizer(tiny_model.SPECIAL)
    end = (tokenizer.eos_token, tokenizer.eos_token_id)
    tokenizer._tokenizer.post_processor = TemplateProcessing(
        single=f"$A {end[0]}", pair=f"$A {end[0]} $B {end[0]}", special_tokens=[end]
    )
    tokenizer.model_max_length = 256
    config = T5Config(
        vocab_size=len(tokenizer), d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4, n_positions=256,
        pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    tiny_model.save(folder, _seeded(T5ForConditionalGeneration, config), tokenizer)
    return folder


def classifier(folder: Path) -> Path:
    """A BERT with an inference head: it reads a premise and a hypothesis."""
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = tiny_model.byte_level_tokenizer(("<pad>", "[CLS]", "[SEP]"))
    special = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer._tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=special
    )
    tokenizer.model_max_length = 128
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=128, type_vocab_size=2,
        id2label=LABELS, label2id={name: place for place, name in LABELS.items()},
        initializer_range=0.5,
    )  # fmt: skip
    tiny_model.save(folder, _seeded(BertForSequenceClassification, config), tokenizer)
    return folder


def vision(folder: Path) -> Path:
    """A LLaVA: a small CLIP sees, a small Llama writes."""
    from transformers import (
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    tokenizer = tiny_model.byte_level_tokenizer((*tiny_model.SPECIAL, "<image>"))
    seen = CLIPVisionConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, image_size=28,
        patch_size=14, projection_dim=32,
    )  # fmt: skip
    config = LlavaConfig(
        vision_config=seen, text_config=LlamaConfig(**tiny_model.shape(tokenizer)),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"), image_seq_length=4,
        vision_feature_layer=-1, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    processor = LlavaProcessor(
        CLIPImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28}),
        tokenizer, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1,
        chat_template=VISION_TEMPLATE,
    )  # fmt: skip
    tiny_model.save(folder, _seeded(LlavaForConditionalGeneration, config), processor)
    return folder


def change_json(path: Path, **changes: Any) -> None:
    """Set some of a JSON file's fields; None takes one out."""
    content = json.loads(path.read_text(encoding="utf-8")) | changes
    kept = {name: value for name, value in content.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")


def _seeded(kind: Any, config: Any) -> Any:
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(tiny_model.SEED)
        return kind(config)
