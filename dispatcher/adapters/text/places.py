"""Which district a matter is in: the gazetteer, and which of the named places is the place.

Where the caller comes from (我是宁国人) or once was (以前住泾县), roads named after counties
(宁国路), places of other cities (合肥市宁国路) and the ends of a route (宁国到绩溪) do not count. A
township or village says more than a county's name.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from .routes import Mention, without_routes
from .rulebook import RuleBook
from .sound import Sounds

_WEIGHTS = {"county": 1.0, "town": 2.0, "landmark": 1.8, "road": 1.2, "village": 1.4, "weak": 1.4}
_SHARED = 0.35
_ORIGIN = 0.15
_MATTER = 0.6
_TOWARDS = 0.5
_HEADING = 1.5
_NOT_ROAD = (
    "街上", "大街上", "街道", "路西", "路东", "路灯", "路面", "路边", "路基", "路段", "路牌",
)  # fmt: skip
_NOT_PEOPLE = (
    "县人民", "市人民", "人民", "人家", "人口", "人行", "人社", "人大", "人武", "县人大", "市人大",
)  # fmt: skip
_BEHIND = 8
"""Characters behind a name that say at most what it is; those of the rule book may be more."""
_WEAK = frozenset({"weak"})
_HEARD = ("county", "town", "landmark")
_WEAK_FOLLOWERS = (
    "镇", "乡", "街道", "村", "社区", "这边", "这里", "这块", "那边", "那里", "那块", "街上",
    "老街", "集镇", "小学", "中学", "初中", "卫生院", "医院", "敬老院", "派出所", "菜市场", "街",
    "这", "工业园", "政府", "人民政府", "中心校", "中心小学", "铺", "供电所", "办事处", "水厂",
    "小区", "开发区", "菜场", "大桥", "高速口", "工业区", "经开区", "老城", "联圩", "山里",
    "路段", "境内", "那个",
)  # fmt: skip
_ENDS = " ,。!?;:、~"
_EARLIER = "(?:以前|原来|原先|过去|从前|早先|之前|小时候|那年|当年)"
_STAYING = ("住", "待", "上班", "打工", "干活", "工作", "上学", "读书")
_STAYS = re.compile(f"{_EARLIER}[^,。!?;]{{0,4}}(?:{'|'.join(_STAYING)})[^,。!?;]{{0,3}}$")
_BEFORE = re.compile(f"{_EARLIER}[^,。!?;]{{0,4}}$")
_ONCE = re.compile(f"(?:{_EARLIER}|去年|前年|上回|上次)(?:(?!现在|今天|刚|这会)[^,。!?;]){{0,8}}$")


@dataclass(frozen=True, slots=True)
class Located:
    """The district, or None; all mentions in text order."""

    district: str | None
    mentions: tuple[Mention, ...]


class Name(NamedTuple):
    """A known name at [start, end), and the mention it is, if any; ``foreign`` is where the last
    place of elsewhere up to here ends."""

    start: int
    end: int
    mention: Mention | None
    foreign: int


@dataclass(frozen=True, slots=True)
class Names:
    """The names, by characters and by sounds, that begin before ``until``."""

    until: int
    written: list[Name]
    heard: list[Name]


NO_NAMES = Names(0, [], [])


def located(text: str, names: Names) -> Located:
    """Where the matter is, by the ``names`` of normalised ``text``."""
    every = (*names.written, *names.heard)
    mentions = [name.mention for name in every if name.mention is not None]
    mentions.sort(key=lambda mention: mention.start)
    mentions = without_routes(text, mentions)
    return Located(_winner(mentions), tuple(mentions))


class Gazetteer:
    """Pure, and safe to call from several threads."""

    def __init__(self, book: RuleBook, sounds: Sounds) -> None:
        context = book.place_context
        self._meanings = {
            name: (_meaning(_strongest(rows)), _meaning(rows)) if len(rows) > 1
            else (_meaning(rows),) * 2
            for name, rows in book.places.items()
        }  # fmt: skip
        self._origin_before = tuple(context["origin_before"])
        self._origin_after = tuple(context["origin_after"])
        self._matter = tuple(context["matter_before"])
        self._road = tuple(context["road_suffix"])
        self._road_only = tuple(word for word in self._road if word.endswith(("路", "大道")))
        self._elsewhere = set(context["elsewhere"])
        self._names = list({**book.places, **dict.fromkeys(context["elsewhere"]),
                            **dict.fromkeys(context["not_places"])})  # fmt: skip
        self._find = AhoCorasick(self._names, matchkind=MatchKind.LeftmostLongest)
        heard = [name for name, rows in book.places.items() if _can_be_heard(name, rows)]
        self._heard_names = heard
        self._heard = AhoCorasick([*map(sounds, heard)], matchkind=MatchKind.LeftmostLongest)
        self._longest = max(map(len, [*self._names, *heard]))
        self._behind = max(_BEHIND, *(len(word) + 1 for word in self._road))

    def named(self, text: str, sound: str, known: Names) -> Names:
        """All names in normalised ``text``; ``sound`` is ``Sounds()(text)``. Those that begin
        before ``known.until`` are ``known``."""
        written = list(known.written)
        begin = max(known.until, written[-1].end if written else 0)
        foreign = written[-1].foreign if written else -9
        for number, start, end in self._find.find_matches_as_indexes(text[begin:]):
            start, end, name, mention = start + begin, end + begin, self._names[number], None
            if name in self._elsewhere:
                if not text.startswith(self._road, end):
                    foreign = end
            elif name in self._meanings:
                mention = self._mention(text, name, start, end, foreign)
                if mention is not None and mention.why == "elsewhere":
                    foreign = end
            written.append(Name(start, end, mention, foreign))
        return Names(len(text), written, self._misheard(text, sound, written, known))

    def _misheard(self, text: str, sound: str, written: list[Name], known: Names) -> list[Name]:
        """Names that a speech engine wrote with other characters of the same sound."""
        out = list(known.heard)
        begin = max(known.until, out[-1].end if out else 0)
        taken = [(name.start, name.end) for name in written if name.mention is not None]
        for number, start, end in self._heard.find_matches_as_indexes(sound[begin:]):
            start, end, mention = start + begin, end + begin, None
            if (start, end) not in taken and all(end <= s or e <= start for s, e in taken):
                mention = self._mention(text, self._heard_names[number], start, end, -9)
            out.append(Name(start, end, mention, -9))
        return out

    def settled(self, names: Names, length: int) -> Names:
        """Those of a text's ``names`` that every text with the same first ``length`` characters
        has too: they, what they lie across, and what is read behind them all end before."""
        until = max(0, length - 2 * self._longest - self._behind)
        written = [name for name in names.written if name.start < until]
        return Names(until, written, [name for name in names.heard if name.start < until])

    def _mention(self, text: str, name: str, start: int, end: int, foreign: int) -> Mention | None:
        meanings = self._meanings[name]
        as_village = meanings[0] is not meanings[1] and text.startswith(("村", "社区"), end)
        districts, kinds, weight = meanings[as_village]
        if kinds == _WEAK and not _is_place(text, start, end):
            return None
        if start == foreign:
            return Mention(name, start, end, districts, 0.0, "elsewhere")
        if self._is_road(text, end, kinds):
            return Mention(name, start, end, districts, 0.0, "road")
        why = _not_here(text, start, end) or self._origin(text, start, end)
        if why:
            return Mention(name, start, end, districts, _ORIGIN if why == "base" else 0.0, why)
        before = text[max(0, start - 5) : start]
        if _ONCE.search(text, max(0, start - 14), start):
            weight *= _SHARED
        elif before.endswith(self._matter):
            weight += _MATTER
        elif before.endswith(("到", "往", "去", "至", "回", "和")):
            weight -= _TOWARDS
        if len(districts) > 1:
            weight *= _SHARED
        return Mention(name, start, end, districts, weight, "")

    def _is_road(self, text: str, end: int, kinds: frozenset[str]) -> bool:
        """宁国路 and 云岭路 are roads; 宁墩街上 and 旌德路西社区 are places."""
        if "road" in kinds or text.startswith(_NOT_ROAD, end):
            return False
        if "county" not in kinds and text.startswith("路口", end):
            return False
        suffixes = self._road if "county" in kinds else self._road_only
        return text.startswith(suffixes, end)

    def _origin(self, text: str, start: int, end: int) -> str:
        """What a name is to the caller: ``origin`` (我是…人), ``base`` (我在…打工: only a last
        resort), or "" when the matter may be there."""
        before = text[max(0, start - 8) : start]
        after = text[end : end + 7]
        comes = any(word in before[-6:] for word in self._origin_before)
        if after.startswith(("人", "县人", "市人", "籍", "户口", "户籍", "话", "口音", "牌照")):
            named = after.startswith(_NOT_PEOPLE)
            return "" if named else "origin"
        if comes and before.endswith(("户口在", "户籍在", "户口是", "籍贯", "祖籍", "娘家在")):
            return "origin"
        if after.startswith(self._origin_after) and (comes or before.endswith("在")):
            return "base"
        return ""


def _is_place(text: str, start: int, end: int) -> bool:
    """Whether a name that is also a word is meant as a place (向阳镇, …停电。溪口。)."""
    if text.startswith(_WEAK_FOLLOWERS, end):
        return True
    begins = start == 0 or text[start - 1] in _ENDS
    ends = end == len(text) or text[end] in _ENDS
    if ends and (begins or text.endswith(("住", "在", "到"), 0, start)):
        return True
    if not text.startswith("的", end):
        return False
    closes = end + 1 == len(text) or text[end + 1] in _ENDS
    return closes and (begins or text.endswith(("我们", "我家", "在", "我是", "住"), 0, start))


def _not_here(text: str, start: int, end: int) -> str:
    """Why the name says where the matter is not: 不在广德, 以前住泾县."""
    if text.endswith(("不是", "不在"), 0, start):
        return "elsewhere"
    low = max(0, start - 16)
    stayed = _STAYS.search(text, low, start)
    if not stayed and text.startswith(_STAYING, end):
        stayed = _BEFORE.search(text, low, start)
    return "past" if stayed else ""


def _can_be_heard(name: str, rows: list[list[str]]) -> bool:
    return len(name) >= (4 if rows[0][1] == "landmark" else 3) and rows[0][1] in _HEARD


def _meaning(rows: list[list[str]]) -> tuple[tuple[str, ...], frozenset[str], float]:
    """Districts, kinds and weight of a name's entries."""
    kinds = frozenset(row[1] for row in rows)
    return tuple(row[0] for row in rows), kinds, max(_WEIGHTS[kind] for kind in kinds)


def _strongest(entries: list[list[str]]) -> list[list[str]]:
    """三溪 is the township, unless 村 follows: then every village of that name may be meant."""
    strong = [entry for entry in entries if entry[1] in ("county", "town", "landmark", "weak")]
    return strong or entries


def district_of(located: Located, start: int, end: int) -> str | None:
    """The district that text[start:end] speaks of; the whole text's when it names none."""
    inside = [mention for mention in located.mentions if start <= mention.start < end]
    return _winner(inside) or located.district


def _heads(mention: Mention, following: list[Mention]) -> bool:
    """郎溪县南漪湖: the county written before the place says in which county it is."""
    one = len(mention.districts) == 1 and len(mention.name) <= 3 and not mention.why
    return one and bool(following) and following[0].start == mention.end


def _winner(mentions: list[Mention]) -> str | None:
    """The district with most weight; of equals the one named last."""
    total: dict[str, float] = {}
    last: dict[str, int] = {}
    shared: dict[str, float] = {}
    for number, mention in enumerate(mentions):
        if _heads(mention, mentions[number + 1 : number + 2]):
            total[mention.districts[0]] = total.get(mention.districts[0], 0.0) + _HEADING
        for district in mention.districts:
            if len(mention.districts) > 1:
                shared[district] = shared.get(district, 0.0) + mention.weight
            elif mention.weight > 0:
                total[district] = total.get(district, 0.0) + mention.weight
                last[district] = mention.start
    if not total:
        return None
    return max(total, key=lambda d: (total[d] + shared.get(d, 0.0), last[d]))
