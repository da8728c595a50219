"""`dispatcher classify explain`: the decision and its reasons, in words for people."""

from dispatcher.core.classify import Classification, Discount, Matter, TextContext, decide
from dispatcher.core.ids import CATEGORIES, DISTRICTS, CaseClass

from .reader import RuleReader

_CLASS = {
    CaseClass.EMERGENCY_MAJOR: "重大应急",
    CaseClass.EMERGENCY_GENERAL: "一般应急",
    CaseClass.ORDINARY: "一般诉求",
    CaseClass.CONSULT: "咨询",
}
_BECAUSE = {
    "negated": "被否定", "past": "过去的事", "hypothetical": "假设或担心", "question": "打听",
    "planned": "计划中", "metaphor": "比喻", "rescued": "已脱险", "hearsay": "传闻",
    "study": "演练或宣传", "withdrawn": "撤回或误会", "elsewhere": "不是事发地",
    "agent": "坐席更正", "disbelieved": "模型不采信",
}  # fmt: skip
_PLACE = {"road": "是路名", "elsewhere": "在外地", "origin": "是来处", "base": "是居住工作地",
          "past": "是从前的住处", "route": "是路线的起止"}  # fmt: skip


def explanation(reader: RuleReader, text: str) -> str:
    """Several lines of text; the caller's words stand in 「」."""
    evidence = reader.read(text, TextContext())
    got = decide(evidence, None)
    lines = [_headline(got), *_details(got)]
    if evidence.truncated:
        lines.append("文本过长,只读了开头和结尾")
    return "\n".join(lines)


def _headline(got: Classification) -> str:
    category = f" {got.category} {CATEGORIES[got.category][0]}" if got.category else ""
    place = DISTRICTS[got.district] if got.district else "未指明区县"
    doubt = ",存疑从重" if got.doubt else ""
    name = _CLASS[got.case_class]
    return f"{name}({got.case_class}){category} · {place} · 重大概率 {got.probability:.2f}{doubt}"


def _details(got: Classification) -> list[str]:
    people = got.casualties
    counts = {
        "死亡": people.dead, "受伤": people.injured, "被困": people.trapped, "发病": people.ill
    }  # fmt: skip
    out = [
        *(f"事实  「{f.words}」 {f.kind} → {f.category}  {f.rule}  {f.clause}" for f in got.facts),
        *(f"依据  「{r.words}」 {r.rule}  {r.clause}  {r.weight:+.2f}" for r in got.reasons),
        *map(_discount, got.discounts),
        *map(_matter, got.matters),
    ]
    named = [f"{name}{n}人" for name, n in counts.items() if n]
    if named:
        out.append("人员  " + "、".join(named))
    if got.hazards:
        out.append("险情  " + "、".join(got.hazards))
    return out


def _matter(item: Matter) -> str:
    category = f" {item.category} {CATEGORIES[item.category][0]}" if item.category else ""
    place = DISTRICTS[item.district] if item.district else "未指明区县"
    rule = " ".join(filter(None, (item.rule, item.clause)))
    return f"事项  {_CLASS[item.case_class]}{category} · {place} 「{item.words}」 {rule}"


def _discount(item: Discount) -> str:
    cue = _PLACE.get(item.cue, f"「{item.cue}」")
    return f"不计  「{item.words}」 {_BECAUSE[item.because]}:{cue}  {item.rule}"
