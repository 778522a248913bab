"""Names of today's language models and of those who make them, as answers write them.

Patterns run over folded text (lower case, one width). "_" stands for an optional blank or hyphen. Names that
mean nothing else are masked wherever they stand. Names with another meaning, in medicine or out of it, are
masked only with a version, beside their maker, or where a model speaks of itself.
"""

from __future__ import annotations


def _listed(text: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in text.split(";"))


# a bare GPT is a liver enzyme and GPT2 its gene, hence so much care about the numbers
_OPENAI = r"""
chat_gpt; gpt-2; gpt-?[345](?:\.\d)?[a-z]?(?!\d); gpt 3\.5(?! ?(?:times|x|u/)); gpt 4(?:o|\.1|\.5);
gpt [345] (?:turbo|mini); gpt_oss; o[134]-(?:mini|preview|pro|high); text-davinci; instruct_gpt; open_ai
"""
_GENERAL = r"""
qwen; qwq; qianwen; tongyi_qianwen; deep_seek; mixtral; ministral; codestral; pixtral; devstral; grok;
baichuan[a-z]?; chat_glm; intern_lm; nemotron; wizard_lm; stable_lm; hunyuan; doubao; ernie_bot; wenxin_yiyan;
sense_chat; sense_nova; jamba; dbrx; command-r; command r; mini_cpm; chat_yuan; exaone; hyper_clova; sea_llm;
smol_lm; aya_expanse; gpt_neox?; gpt-j; yandex_gpt; giga_chat; nous_hermes; ring-1t; step-[123]
"""
_MEDICAL = r"""
med_palm; med_gemma; tx_gemma; med_gemini; hua_tuo_gpt; meditron; bio_mistral; open_bio_llm; pmc_llama;
mmed_llama; med_llama; me_llama; med_alpaca; chat_doctor; clinical_camel; bio_gpt; bio_med_lm; bio_med_gpt;
pub_med_gpt; gator_tron(?:_gpt)?; doctor_glm; disc_med_llm; bian_que_2; ivy_gpt; palmyra_med; llava_med;
med_flamingo
"""
_MAKERS = r"""
anthropic(?! principle); deep_mind; google ai; meta_ai; mistral_?ai; 01\.ai; zhipu(?:_ai)?; moonshot_ai;
stability_ai; hugging_face; alibaba(?:_cloud)?; baidu; tencent; byte_dance; iflytek; ai21_labs; cohere_ai;
perplexity_ai; nous_research; eleuther_ai
"""
_OTHER_SCRIPTS = """
通义千问; 通義千問; 通义大模型; 千问大模型; 文心一言; 文心大模型; 讯飞星火; 訊飛星火; 星火认知; 星火大模型;
智谱清言; 智谱; 智譜; 月之暗面; 深度求索; 百川智能; 百川大模型; 豆包大模型; 混元大模型; 腾讯元宝; 盘古大模型;
商汤; 科大讯飞; 阶跃星辰; 面壁智能; 紫东太初; 阿里巴巴; 阿里云; 字节跳动; 华佗gpt; 扁鹊大模型; 灵医大模型;
零一万物; 书生浦语; 챗gpt; 챗 gpt; 챗지피티; 딥시크; 하이퍼클로바;
チャットgpt; チャットジーピーティー; ディープシーク;
чатгпт; чат гпт; чат-гпт; дипсик; яндексгпт; гигачат; شات جي بي تي; تشات جي بي تي; شات جيبيتي; ديب سيك;
چت جی پی تی; چت جی‌پی‌تی; צ'אט ג'יפיטי; צאט גיפיטי; चैटजीपीटी; चैट जीपीटी; แชทจีพีที
"""
PLAIN_MODELS = _listed(_OPENAI) + _listed(_GENERAL) + _listed(_MEDICAL)
PLAIN_NAMES = PLAIN_MODELS + _listed(_MAKERS)
NAMES_IN_OTHER_SCRIPTS = _listed(_OTHER_SCRIPTS)

# name, and how its versions are written where they give it away
AMBIGUOUS_PERSONAL_NAMES = {
    "claude": r"[- ]?(?:v?[1-5](?:\.\d)?(?:[- ](?:opus|sonnet|haiku))?|opus|sonnet|haiku|instant)",
    "gemini": r"[- ](?:1\.[05]|2\.[05]|3(?:\.\d)?|pro|ultra|nano|flash|advanced)",
    "bard": r"[- ]ai",
    "kimi": r"[- ]?(?:k\d(?:\.\d)?|chat|ai)",
    "ernie": r"[- ]?(?:[345](?:\.\d)?|x1|turbo|speed)",
    "copilot": r"[- ](?:ai|chat)",
    "perplexity": r"[- ](?:ai|pro)",
    "minimax": r"[- ](?:m1|m2|text|01)",
    "nova": r"-(?:pro|lite|micro|premier)",
}
AMBIGUOUS_TERMS = {
    "gpt": "",
    "llama": r"(?:-?|[- ])(?:[23](?:\.\d)?|4)(?:[- ](?:scout|maverick))?",
    "mistral": r"[- ](?:\d{1,3}b|large|small|medium|nemo|instruct|next|saba|v?0\.\d)",
    "magistral": r"-(?:small|medium)",
    "gemma": r"(?:-?|[- ])(?:[123]n?|\d{1,2}b)",
    "phi": r"(?:-(?:1\.5|3(?:\.5)?|4)|[- ]?[1-4](?:\.5)?[- ](?:mini|small|medium|vision|multimodal|moe))",
    "glm": r"(?:-[345](?:\.\d)?|[- ]?\d{1,3}b)",
    "yi": r"-(?:\d{1,2}b|1\.5|large|lightning|vl|chat)",
    "palm": r"-2",
    "falcon": r"[- ]?\d{1,3}b",
    "vicuna": r"[- ]?(?:\d{1,2}b|v1\.\d)",
    "alpaca": r"[- ]?\d{1,2}b",
    "zephyr": r"[- ]?\d{1,2}b",
    "solar": r"[- ]?\d{2}\.\db",
    "olmo": r"[- ]?(?:2|\d{1,2}b)",
    "orca": r"[- ]?2?-\d{1,2}b",
    "bloom": r"(?:z|-\d{1,3}b)",
    "pangu": r"-(?:alpha|sigma|pro)",
    "apollo": r"-\d{1,2}b",
    "asclepius": r"-\d{1,2}b",
    "aloe": r"-(?:beta|alpha|\d{1,2}b)",
    "zhongjing": r"-(?:llm|llama)",
    "amie": "",
    "o1": "",
    "o3": "",
    "o4": "",
    "豆包": "",
    "混元": "",
    "盘古": "",
    "百川": "",
    "千问": "",
    "클로드": "",
    "제미나이": "",
    "通义": "",
    "文心": "",
    "クロード": "",
    "ジェミニ": "",
    "клод": "",
    "джемини": "",
    "كلود": "",
    "جيميني": "",
    "لاما": "",
    "क्लॉड": "",
    "जेमिनी": "",
}
AMBIGUOUS_MAKERS = _listed(
    "google; meta; microsoft; amazon; apple; ibm; nvidia; cohere; xai; moonshot; samsung; huawei; yandex;"
    "sber; naver; databricks; salesforce; epfl; saama;"
    "谷歌; 微软; 百度; 腾讯; 华为; 小米; 阿里; 字节; 清华大学"
)

# What stands in a comparison beside models and is no model's name: masking it would only spoil the answers.
ORDINARY_ARMS = frozenset(
    _listed(
        "physician; physicians; doctor; doctors; clinician; clinicians; expert; experts; human; humans;"
        "nurse; specialist; resident; student; patient; assistant; model; baseline; reference;"
        "referenceanswer; control; consensus; gold; standard; goldstandard; random; majority; answer;"
        "response; system; none; name; removed; nameremoved; generalpractitioner; usualcare;"
        "standardofcare; guideline; guidelines; textbook; panel"
    )
)

# what a maker puts before another's name for a model of its own: "Med-GPT-4", "BioLlama"
PREFIXES = _listed(
    "med; medical; bio; clin; clinical; doctor; doc; health; nurse; dental; derma?; onco; rad; radiology;"
    "ophth; psych; cardio; neuro; pharma; surg; hospital; my; auto; custom; open; pub; code; sci"
)
# ambiguous names that nobody spells letter by letter unless a model is meant: no trial, no device
SPELLED_NAMES = _listed(
    "claude; gemini; llama; mistral; magistral; gemma; kimi; ernie; copilot; perplexity; minimax; vicuna;"
    "alpaca"
)
