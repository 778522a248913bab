"""Models' names are taken out of answers, and medicine is left as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.masking import Masked, leaks, mask

SELF_NAMING = [
    ("As GPT-4, I cannot examine you.", ["GPT-4"]),
    ("I'm Claude", ["Claude"]),
    ("I am Qwen, a model developed by Alibaba.", ["Qwen", "Alibaba"]),
    ("I was developed by OpenAI.", ["OpenAI"]),
    ("I am an AI assistant called Claude, made by Anthropic.", ["Claude", "Anthropic"]),
    ("As an AI language model trained by Google, I advise rest.", ["Google"]),
    ("I am a large language model, trained by Google.", ["Google"]),
    ("As Claude, I cannot prescribe.", ["Claude"]),
    ("As an AI developed by Meta, I would refer her.", ["Meta"]),
    ("My name is Yi.", ["Yi"]),
    ("I am Phi, a small model.", ["Phi"]),
    ("Take aspirin.\n\n— Gemini", ["Gemini"]),
    ("Take aspirin.\n\n- Mistral", ["Mistral"]),
    ("Best regards,\nKimi", ["Kimi"]),
    ("**Claude:** rest and fluids", ["Claude"]),
    ("This is Claude, an AI.", ["Claude"]),
    ("Ich bin Claude, ein Assistent.", ["Claude"]),
    ("Je suis Claude.", ["Claude"]),
    ("Soy Gemini y no puedo recetar.", ["Gemini"]),
    ("Я — Клод.", ["Клод"]),
    ("저는 클로드입니다", ["클로드"]),
    ("我是通义千问。", ["通义千问"]),
    ("我是Kimi", ["Kimi"]),
    ("作为一个由OpenAI训练的语言模型", ["OpenAI"]),
    ("作为一个由谷歌训练的语言模型", ["谷歌"]),
    ("作为Claude，我不能开药", ["Claude"]),
]
MENTIONS = [
    ("**GPT-4o** says so", ["GPT-4o"]),
    ("_Gemini_ says so", ["Gemini"]),
    ("G**P**T-4 says so", ["G**P**T-4"]),
    ("ＧＰＴ－４ says so", ["ＧＰＴ－４"]),
    ("G\u200bPT\u200b-4 says so", ["G\u200bPT\u200b-4"]),
    ("gPt-3.5-turbo or Chat GPT", ["gPt-3.5-turbo", "Chat GPT"]),
    ("DeepSeek-R1-Distill-Qwen-32B agrees", ["DeepSeek-R1-Distill-Qwen-32B"]),
    ("claude-3-5-sonnet-20241022 agrees", ["claude-3-5-sonnet-20241022"]),
    ("meta-llama/Llama-2-70b-chat-hf agrees", ["meta-llama/Llama-2-70b-chat-hf"]),
    ("文心一言 agrees", ["文心一言"]),
    ("Unlike ChatGPT, Claude and Bard, this", ["ChatGPT", "Claude", "Bard"]),
    ("Bard, Claude or ChatGPT", ["Bard", "Claude", "ChatGPT"]),
    ("ask Google's Bard", ["Google's Bard"]),
    ("Med-PaLM 2 and MedGemma", ["Med-PaLM 2", "MedGemma"]),
    ("ChatGPT 5 mg is", ["ChatGPT"]),
]
FAMILIES = """GPT-3.5; GPT-4; GPT-4o; GPT-4.1; GPT-5; ChatGPT; OpenAI o1; OpenAI o3; o1-preview; o3-mini; Claude 2;
Claude 3.5 Sonnet; Claude Opus; Gemini; Gemini 1.5 Pro; Google Bard; Llama 2; Llama 3.1 70B Instruct; LLaMA-2-13b;
Mistral 7B; Mistral Large; Mixtral-8x7B-Instruct-v0.1; Qwen2.5-72B-Instruct; Qwen; DeepSeek; DeepSeek-V3; Med-PaLM;
MedPaLM; MedGemma; Gemma 2; gemma-7b-it; Phi-3-mini; Phi-4; Grok; Grok 3; Command R; Command R+; Yi-34B-Chat;
Baichuan2-13B; HuatuoGPT-II; Meditron-70B; BioMistral-7B; OpenBioLLM-70B; ERNIE 4.0; ERNIE Bot; Kimi K2; GLM-4;
ChatGLM3-6B; Doubao; Hunyuan; PMC-LLaMA; Clinical Camel; BioGPT; GatorTron; Falcon-40B; Vicuna-13B; Anthropic; OpenAI;
Google DeepMind; Mistral AI; Moonshot AI; Zhipu AI; 讯飞星火; 智谱清言; 百川智能"""
MEDICINE = """Claude Bernard described the milieu intérieur; As Claude Bernard showed, sugar is made in the liver;
Claude's syndrome is a lesion of the midbrain; Claude syndrome; the GEMINI 1 trial of vedolizumab; the GEMINI trials;
llama antibodies and llama-derived nanobodies; nanobodies produced by llama and alpaca; Insert a Bard needle;
C. R. Bard made the catheter; a port made by Bard; the phi angle; phi = 30 and psi = -45; Phi: 30 degrees;
a GLM with a log link was fitted; generalised linear models, known as GLM; treat it as a GLM with log link; Yi et al.;
a score developed by Yi and Li; the mistral wind; As the mistral blows, asthma worsens; Kimi is her sister; GPT 45 U/L;
the GOT/GPT ratio; elevated GPT (ALT) of 3.5 times normal; GPT 3.5 times the upper limit; GPT2 deficiency;
a meta-analysis; Vibrio cholerae O1; O3 exposure; the palm of the hand; search Google Scholar; the parts cohere;
Apple juice; aloe vera; 由GLM估计; 作为GLM的扩展; 每天三个豆包子; Gemma carried twins; I'm a doctor; I am using a GLM;
a Falcon tube; Bloom syndrome; magistral preparation; a drug developed by Amazon Biotech; intermittent claudication;
I am Claude Bernard's pupil; the anthropic principle; her mood is bright; a bardic tale; philtrum; yield; prokaryote"""


@pytest.mark.parametrize(("text", "names"), SELF_NAMING + MENTIONS)
def test_a_name_that_gives_a_model_away_is_masked(text: str, names: list[str]) -> None:
    assert [each.original for each in mask(text).replacements] == names


@pytest.mark.parametrize("name", [name.strip() for name in FAMILIES.split(";")])
def test_each_family_is_masked_whole_with_its_version(name: str) -> None:
    assert mask(f"Here {name} would refer her.").text == "Here [name removed] would refer her."


@pytest.mark.parametrize("text", [text.strip() for text in MEDICINE.split(";")])
def test_medicine_is_left_alone(text: str) -> None:
    assert mask(text) == Masked(text, ())


def test_marks_around_a_name_and_the_text_beside_it_stay() -> None:
    assert mask("See **GPT-4**: “rest”.").text == "See **[name removed]**: “rest”."


@pytest.mark.parametrize(
    "written", ["MedModel 9", "med-model-9", "MEDMODEL9", "Ｍｅｄ Ｍｏｄｅｌ ９", "Med\u00adModel\u20119"]
)
def test_a_studys_own_system_is_masked_however_it_is_written(written: str) -> None:
    assert mask(f"So says {written}.", ["MedModel 9 (temperature 0)"]).text == "So says [name removed]."


def test_the_owner_before_a_slash_is_not_needed_to_find_a_name() -> None:
    assert mask("BioThing says", ["clinic/Bio-Thing"]).text == "[name removed] says"


def test_arms_named_by_ordinary_words_or_ambiguous_names_do_not_spoil_the_answers() -> None:
    text = "Ask a physician about llama antibodies, option A."
    assert mask(text, ["Physician", "Llama", "A"]).text == text


def test_what_stands_in_brackets_after_a_name_is_no_name() -> None:
    assert mask("the tools of BioThing", ["BioThing (search/tools)"]).text == "the tools of [name removed]"


def test_a_list_of_any_length_is_followed_from_the_one_certain_name() -> None:
    assert len(mask("Claude, " * 50_000 + "ChatGPT").replacements) == 50_001


def test_an_own_name_inside_a_longer_word_is_not_taken() -> None:
    assert mask("arthritis", ["Arthri"]).text == "arthritis"


@given(st.text(), st.sampled_from(SELF_NAMING + MENTIONS), st.lists(st.text(max_size=8), max_size=3))
def test_what_was_taken_out_can_be_put_back(
    noise: str, example: tuple[str, list[str]], names: list[str]
) -> None:
    text = noise + example[0] + noise
    done = mask(text, names)
    pieces, position = [], 0
    for each in done.replacements:
        assert position <= each.start < each.end
        assert text[each.start : each.end] == each.original
        pieces += [text[position : each.start], "[name removed]"]
        position = each.end
    assert "".join([*pieces, text[position:]]) == done.text


@pytest.mark.parametrize(("text", "_names"), SELF_NAMING + MENTIONS)
def test_a_masked_text_needs_no_more_masking(text: str, _names: list[str]) -> None:
    once = mask(text).text
    assert mask(once).text == once


@given(st.sampled_from([name.strip() for name in FAMILIES.split(";")]), st.sampled_from("*_\u200b\u00ad"))
def test_emphasis_and_invisible_characters_around_a_name_hide_nothing(name: str, mark: str) -> None:
    assert mask(f"Here {mark}{name}{mark} says").text.count("[name removed]") == 1


@pytest.mark.parametrize(
    "unit",
    [
        "phi ",
        "gpt-",
        "I am a ",
        "as ",
        "- ",
        "—\n",
        "claude,",
        "*",
        "\u200b",
        "由",
        " ",
        "gpt-4-4-4-4-4-4-4 ",
        "a-",
    ],
)
def test_a_hostile_megabyte_is_read_to_its_end(unit: str) -> None:
    text = unit * (1_000_000 // len(unit)) + "\n\nby ChatGPT"
    assert mask(text, ["a a a a a a b"]).replacements[-1].original == "ChatGPT"


def test_leaks_are_the_names_that_still_stand_in_a_page() -> None:
    page = '<a href="/systems/med-model-9/">&#71;PT-4</a> ?m=Bio%20Thing'
    names = ["MedModel 9", "GPT-4", "Bio Thing", "Other", "el", "!"]
    assert leaks(page, names) == ["MedModel 9", "GPT-4", "Bio Thing"]


@given(
    st.text(alphabet="abcXYZ189 -:/+^]", min_size=6, max_size=20).filter(
        lambda name: sum(map(str.isalnum, name)) > 5
    )
)
def test_a_name_leaks_before_masking_and_not_after(name: str) -> None:
    text = f"It was {name}, they said."
    assert leaks(text, [name]) == [name]
    assert leaks(mask(text, [name]).text, [name]) == []
