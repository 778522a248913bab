"""A name that a reader can still read is masked however it is disguised, and honest text is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.domain.look_alikes import LOOK_ALIKES
from raters.domain.masking import Masked, leaks, mask

DISGUISED = [
    "G P T - 4", "G.P.T.4", "G-P-T-4", "G·P·T·4", "GPT.4", "GPT_4", "Chat G P T", "L l a m a", "C-l-a-u-d-e",
    "M.i.s.t.r.a.l", "d e e p s e e k", "Deep\nSeek", "Clau·de", "Mix-tral", "ChatGPTs", "GPT-4s", "CHATGPT",
    "C1aude", "CIaude", "0penAI", "Сlаudе", "Gеmini", "ϹhаtGΡΤ", "GРТ-4", "GΡΤ-4o", "ｃｌａｕｄｅ－３", "𝗚𝗣𝗧-𝟰", "𝓒𝓱𝓪𝓽𝓖𝓟𝓣",
    "ɢᴘᴛ-4", "ᴄʜᴀᴛɢᴘᴛ", "🅖🅟🅣-4", "⒢⒫⒯-4", "G\u200bP\u2060T\u00ad-4", "Chat\u3164GPT", "C\u0336hatGPT", "MedGPT4", "Med-GPT-4",
    "MyChatGPTPlus", "ClinicalGPT", "CodeLlama-34b", "Bio-Llama",
    "通 义 千 问", "文·心·一·言", "通義千問", "訊飛星火", "星火大模型", "腾讯元宝", "チャットGPT", "챗 GPT", "딥시크", "ЧатГПТ", "Дипсик",
    "شات جي بي تي", "شـات جي بي تي", "چت جی‌پی‌تی", "चैटजीपीटी", "แชทจีพีที",
]  # fmt: skip
IN_CONTEXT = [
    ("A Med-GPT-4-based answer.", "A [name removed]-based answer."),
    ("Claude-powered help", "[name removed]-powered help"),
    ("a Llama-based model", "a [name removed]-based model"),
    ("ChatGPT's view", "[name removed]'s view"),
    ("I am G P T.", "I am [name removed]."),
    ("Я — Сlаudе.", "Я — [name removed]."),
    ("меня зовут Gеmini", "меня зовут [name removed]"),
    ("我是文心", "我是[name removed]"),
    ("私はジェミニです", "私は[name removed]です"),
    ("أنا كـلـود", "أنا [name removed]"),
]
HONEST = """C l a u d e  B e r n a r d; S.G.P.T. 45 U/L; S.G.P.T. 4 U/L; S. G. P. T. 3 U/L; the G.P.T. level rose
G.P.T. 4 times normal; GPT. 3 weeks later; AST/GPT; the GOT-GPT ratio; SGPT 40; serum GPT; llama-based nanobodies
llama-derived antibodies; KIM-1 and KIM1 in urine; the S.O.L.A.R. trial; the G.E.M.I.N.I. trial; Gemini (the twins)
Gemini twins; the Gemini constellation; Ali Baba; ten cents; misanthropic and philanthropic; stability. Ai
the mistral wind; as the mistral blows; the φ angle; сорт и кот; нос, рот, ухо; γ-GT and 5 µg; vitamin D 3; A B C D E
P.A.L.M. score; O3 and О3; IL-1 and il1; T1 T2 T3; E. coli; a mild ileus; the command was heard; I. V. access; e. g. o. d.
open airway; a palm; Bloom's taxonomy; aloe vera; a cohere nt text; Apollo trial; grade 4 o edema; Ερώτηση; Αυτό είναι
هو كلوديا; 通义; 文心; 每天喝豆浆"""
LETTERS = st.sampled_from(
    ["ChatGPT", "OpenAI", "DeepSeek", "Claude", "Gemini", "Llama", "Mistral", "Anthropic", "Mixtral"]
)
GAPS = [" ", "-", ".", "·", " - ", "/", "\n", "*·*"]
INVISIBLE = ["", "\u200b", "\u200d", "\u2060", "\u00ad", "\ufe0f", "\u0301", "\u3164"]
SHAPES = {
    latin: [*(own for own, seen in LOOK_ALIKES.items() if seen == latin)] for latin in LOOK_ALIKES.values()
}


@st.composite
def disguises(draw: st.DrawFn, names: st.SearchStrategy[str]) -> tuple[str, str]:
    """A name, and the same with letters exchanged for look-alikes and invisible characters among them."""
    name = draw(names)
    letters = [draw(st.sampled_from([each, *SHAPES.get(each.lower(), [])])) for each in name]
    return name, draw(st.sampled_from(INVISIBLE)).join(letters)


@pytest.mark.parametrize("name", DISGUISED)
def test_a_disguised_name_is_masked_whole(name: str) -> None:
    assert mask(f"So {name} advised rest.").text == "So [name removed] advised rest."


@pytest.mark.parametrize(("text", "shown"), IN_CONTEXT)
def test_what_stands_around_a_name_stays(text: str, shown: str) -> None:
    assert mask(text).text == shown


@pytest.mark.parametrize("text", [each.strip() for line in HONEST.splitlines() for each in line.split(";")])
def test_honest_text_is_left_alone(text: str) -> None:
    assert mask(text) == Masked(text, ())


@given(LETTERS, st.sampled_from(GAPS))
def test_a_known_name_spelled_out_with_any_sign_is_masked(name: str, gap: str) -> None:
    assert mask(f"So {gap.join(name)} advised rest.").text == "So [name removed] advised rest."


@given(disguises(st.sampled_from(["ChatGPT", "OpenAI", "DeepSeek", "Mixtral", "GPT-4o", "Gemini"])))
def test_a_known_name_in_letters_that_look_alike_is_masked(disguise: tuple[str, str]) -> None:
    _, written = disguise
    assert mask(f"So {written} advised rest.").text == "So [name removed] advised rest."


@given(
    disguises(st.sampled_from(["BioThing", "Ward Mind 2", "clinic/Ask-Me", "Руслан-М", "РусГПТ", "Ash"])),
    st.sampled_from(GAPS),
)
def test_a_studys_own_system_is_masked_in_every_disguise(disguise: tuple[str, str], gap: str) -> None:
    name, written = disguise
    bare = name.rsplit("/", 1)[-1]
    for text in (written, gap.join(each for each in bare if each.isalnum())):
        said = f"So {text} advised rest."
        assert leaks(said, [bare]) == [bare]
        assert "[name removed]" in mask(said, [name]).text
        assert leaks(mask(said, [name]).text, [bare]) == []


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [*DISGUISED, "Claude", "Phi", "Google", "I am ", "and ", ", ", "[name removed]", "\n- "]
            ),
            st.text(alphabet="abcgpt4 .-\u200bсеаΑ一问G", max_size=6),
        ),
        max_size=8,
    ),
    st.sampled_from([[], ["BioThing", "Phi"], ["abc"]]),
)
def test_masking_again_changes_nothing_and_offsets_hold(pieces: list[str], names: list[str]) -> None:
    text = "".join(pieces)
    done = mask(text, names)
    assert mask(done.text, names).text == done.text
    shown, position = [], 0
    for each in done.replacements:
        assert position <= each.start < each.end
        assert text[each.start : each.end] == each.original
        shown += [text[position : each.start], "[name removed]"]
        position = each.end
    assert "".join([*shown, text[position:]]) == done.text


@pytest.mark.parametrize(
    ("system", "text", "shown"),
    [
        ("Claude", "Claude would rest.", "[name removed] would rest."),
        (
            "Claude",
            "As Claude Bernard showed, Claude's syndrome",
            "As Claude Bernard showed, Claude's syndrome",
        ),
        (
            "Llama",
            "We asked Llama about llama antibodies.",
            "We asked [name removed] about llama antibodies.",
        ),
        (
            "Llama",
            "Llama antibodies are small. Llama serum too.",
            "Llama antibodies are small. Llama serum too.",
        ),
        ("Mistral", "the mistral, or Mistral", "the mistral, or [name removed]"),
        (
            "Phi",
            "the Phi coefficient, and Phi agrees; φ = 1",
            "the Phi coefficient, and [name removed] agrees; φ = 1",
        ),
        ("GPT", "GPT and AST rose", "GPT and AST rose"),
        ("Google", "Google it", "Google it"),
    ],
)
def test_an_ambiguous_name_of_the_studys_own_is_masked_as_a_proper_noun(
    system: str, text: str, shown: str
) -> None:
    assert mask(text, [system]).text == shown
