// What looks like an identifier of a patient, found before it is sent. The server looks again and decides
// (raters/domain/privacy.py): these are the same patterns, kept alike by a test that runs both.

const MONTH =
  "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?" +
  "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const YEAR = "(?:18|19|20)\\d\\d";
const FULL_DATE =
  `(?:${YEAR}[-/.]\\d{1,2}[-/.]\\d{1,2}|\\d{1,2}[-/.]\\d{1,2}[-/.](?:${YEAR}|\\d\\d)` +
  `|${YEAR} ?年 ?\\d{1,2} ?月 ?\\d{1,2} ?日|\\d{1,2}(?:st|nd|rd|th)? (?:of )?${MONTH},? ${YEAR}` +
  `|${MONTH} \\d{1,2}(?:st|nd|rd|th)?,? ${YEAR})(?!\\d)`;
const BORN =
  "(?:\\b(?:born|d\\.?o\\.?b\\b\\.?|date of birth|birth ?date|birthday|geboren|née?|nacid[oa]|nascid[oa]|nat[oa])" +
  "|出生(?:日期|于)?|生于|生年月日)";
const NO_DIGIT_BEFORE = "(?<![\\d.\\-/+])";
const NO_DIGIT_AFTER = "(?![\\d]|[.\\-/]\\d)";
const NO_UNIT = "(?! ?(?:mg|mcg|g|ml|l|mmol|iu|u|units?|cells|copies|steps|patients)\\b)";
const STREET =
  "(?:Street|St\\.?|Avenue|Ave\\.?|Road|Rd\\.?|Lane|Ln\\.?|Drive|Dr\\.?|Boulevard|Blvd\\.?|Court|Way|Place)";
const NAMED =
  "[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿ'’-]{1,24}(?: (?:de |van |von |al-)?[A-ZÀ-ÖØ-Þ][A-Za-zÀ-ÖØ-öø-ÿ'’-]{1,24}){0,2}";

const always = () => true;
const digitsOf = (text) => [...text].filter((each) => each >= "0" && each <= "9");
const hasPhoneLength = (text) => digitsOf(text).length >= 7 && digitsOf(text).length <= 15;

function isNhsNumber(text) {
  const digits = digitsOf(text).map(Number);
  if (digits.length !== 10 || new Set(digits).size === 1) return false;
  let sum = 0;
  for (let place = 0; place < 9; place += 1) sum += digits[place] * (10 - place);
  const check = 11 - (sum % 11);
  return digits[9] === (check === 11 ? 0 : check);
}

function isChineseId(text) {
  const [year, month, day] = [text.slice(6, 10), text.slice(10, 12), text.slice(12, 14)].map(Number);
  const date = new Date(Date.UTC(2000, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return false;
  let sum = 0;
  for (let place = 0; place < 17; place += 1) sum += Number(text[place]) * (2 ** (17 - place) % 11);
  return text[17].toUpperCase() === "10X98765432"[sum % 11];
}

const rule = (kind, pattern, isValid = always, flags = "gid") => ({ kind, pattern: new RegExp(pattern, flags), isValid });

const RULES = [
  rule("email", "(?<![\\w.+-])(?<it>[\\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\\.){1,6}[a-z]{2,24})(?![\\w@])"),
  rule("us_ssn", `${NO_DIGIT_BEFORE}(?<it>(?!000|666|9\\d\\d)\\d{3}-(?!00)\\d\\d-(?!0000)\\d{4})${NO_DIGIT_AFTER}`),
  rule(
    "record_number",
    "(?<it>(?:\\b(?:MRN|medical record (?:number|no\\.?|#)|(?:hospital|chart) (?:number|no\\.))" +
      "|病历号|住院号|病案号|就诊号)[ :#=.]{0,4}(?:is |was |为 ?)?#?[A-Z]{0,3}-?\\d[\\d-]{3,14})(?![\\w])",
  ),
  rule("birth_date", `${BORN}(?: on| le| am| el| em| il)?[ :(=,]{0,4}(?<it>${FULL_DATE})`),
  rule("nhs_number", `${NO_DIGIT_BEFORE}(?<it>\\d{3}([ -])\\d{3}\\2\\d{4})${NO_DIGIT_AFTER}${NO_UNIT}`, isNhsNumber),
  rule("nhs_number", `\\bNHS(?: (?:number|no\\.?))?[ :#=.]{0,4}(?:is )?(?<it>\\d{10})${NO_DIGIT_AFTER}`, isNhsNumber),
  rule("chinese_id", "(?<![\\w])(?<it>[1-9]\\d{16}[\\dX])(?![\\w])", isChineseId),
  // with brackets around the area code any separator follows, without them the same one again
  rule(
    "phone",
    `${NO_DIGIT_BEFORE}(?<it>(?:\\+?1[ .-])?(?:\\([2-9]\\d\\d\\) ?[2-9]\\d\\d[-. ]` +
      `|[2-9]\\d\\d([-.])[2-9]\\d\\d\\2)\\d{4})${NO_DIGIT_AFTER}${NO_UNIT}`,
  ),
  rule("phone", `(?<![\\w^.])(?<it>\\+[1-9](?:[ .()-]{0,2}\\d){8,14})(?![\\d.]\\d|\\w)${NO_UNIT}`, hasPhoneLength),
  rule(
    "phone",
    "(?:\\b(?:tel|telephone|phone|mobile|cell ?phone|fax|whatsapp|call (?:him|her|them|me|us)? ?(?:at|on))\\b" +
      "|电话|手机|联系方式|電話)\\.?(?: (?:number|no\\.?))?[ :#号码=]{0,4}(?:is |was |为 ?|是 ?)?" +
      `(?<it>\\(?\\d(?:[ .()-]{0,2}\\d){6,14})(?!\\w)${NO_UNIT}`,
    hasPhoneLength,
  ),
  rule("phone", `(?<![\\w.+-])(?<it>1[3-9]\\d(?:\\d{8}|[ -]\\d{4}[ -]\\d{4}))(?![\\w]|[.-]\\d)${NO_UNIT}`),
  rule(
    "street_address",
    `(?<![\\w.])(?<it>\\d{1,5}[A-Za-z]? (?:[A-Z][A-Za-z']{1,20} ){1,3}${STREET}(?:,? (?:Apt|Unit|#) ?\\w{1,6})?` +
      ",? (?:[A-Z][A-Za-z.]{1,20},? ){1,3}(?:[A-Z]{2},? \\d{5}(?:-\\d{4})?|[A-Z]{1,2}\\d[A-Z\\d]? \\d[A-Z]{2}))(?!\\w)",
    always,
    "gd",
  ),
  rule("name", `(?<![A-Za-z])(?<it>(?:Mrs?|Ms|Mx|Señora?|Sra|Herr|Frau|Mme|Madame|Monsieur)\\.? ${NAMED})`, always, "gd"),
  rule(
    "name",
    "(?:\\b[Pp]atient(?:'s)? [Nn]ame|\\b[Nn]ame of (?:the )?[Pp]atient|\\b[Pp]atient (?:named|called)" +
      `|\\b[Nn]ombre del paciente|\\b[Pp]aciente llamad[oa])(?: is| was| es)?[ :=]{1,3}(?<it>${NAMED})`,
    always,
    "gd",
  ),
  rule("name", "(?:患者|病人)?姓名[ :=为是]{1,3}(?<it>[\\u4e00-\\u9fff]{2,4})"),
];

/** Full-width digits, letters and signs as ordinary ones, one for one, so that places hold. */
const narrow = (text) =>
  text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/\u3000/g, " ")
    .replace(/[\u2011\u2013]/g, "-");

/**
 * Passages of `text` that look like an identifier of a patient, in its order, without overlaps:
 * [{kind, start, end, text}], places in UTF-16 units as everywhere in the browser. Empty where there is none.
 */
export function warnings(text) {
  const read = narrow(text);
  const found = [];
  for (const { kind, pattern, isValid } of RULES) {
    for (const hit of read.matchAll(pattern)) {
      const [start, end] = hit.indices.groups.it;
      if (isValid(hit.groups.it)) found.push({ kind, start, end, text: text.slice(start, end) });
    }
  }
  found.sort((one, other) => one.start - other.start);
  const kept = [];
  for (const each of found) {
    if (!kept.length || each.start >= kept.at(-1).end) kept.push(each);
  }
  return kept;
}
