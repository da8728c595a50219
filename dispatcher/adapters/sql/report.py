"""What `verify` answers: figures, and findings a person can follow up."""

import sqlite3
from dataclasses import asdict, dataclass, field
from typing import Any

_MOST = 1000

_MESSAGES = {
    "event_changed": ("第 {seq} 条记录被改动", "event {seq} was changed"),
    "event_missing": ("第 {seq} 条记录缺失", "event {seq} is missing"),
    "event_added": ("第 {seq} 条记录无提交依据", "event {seq} is covered by no commit"),
    "events_rewritten": ("自第 {seq} 条起被重写", "rewritten from event {seq} on"),
    "event_unreadable": ("第 {seq} 条记录无法解读", "event {seq} cannot be decoded"),
    "case_missing": ("整个工单被删除", "the whole case was removed"),
    "case_added": ("工单无提交依据", "the case is covered by no commit"),
    "commit_changed": ("第 {commit} 次提交被改动", "commit {commit} was changed"),
    "commit_missing": ("第 {commit} 次提交缺失", "commit {commit} is missing"),
    "row_changed": ("工单行被改动", "the row was changed"),
    "row_missing": ("工单行缺失", "the row is missing"),
    "row_added": ("工单行无账本依据", "the row has no ledger"),
    "row_differs": ("工单行与账本推算不符", "the row is not what the events imply"),
    "mark_missing": ("第 {seq} 条的节点登记缺失", "the mark of event {seq} is not registered"),
    "mark_doubled": ("第 {seq} 条重复触发节点", "event {seq} fires a mark a second time"),
    "mark_added": ("节点登记无账本依据", "a registered mark has no event"),
    "personal_unreadable": ("第 {seq} 条个人信息无法解密", "personal part {seq} does not open"),
    "key_damaged": ("工单密钥无法打开", "the case's key does not open"),
    "key_missing": ("工单密钥缺失且无清除记录", "the case's key is gone, no erasure recorded"),
    "key_kept": ("已记录清除,密钥仍在", "an erasure is recorded, yet the key is there"),
    "anchor_missing": ("与外部留存的提交 {commit} 不符", "commit {commit} is not the one noted"),
    "damaged": ("数据库文件损坏", "the database file is damaged"),
}
"""What each kind of finding means, in Chinese and in English."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong. ``seq`` is the event's number in its case, ``commit`` the writer's."""

    kind: str
    case: str | None = None
    number: str | None = None
    seq: int | None = None
    commit: int | None = None
    detail: str = ""

    @property
    def message_zh(self) -> str:
        return self._said(0, "工单")

    @property
    def message_en(self) -> str:
        return self._said(1, "case")

    def _said(self, language: int, word: str) -> str:
        what = _MESSAGES[self.kind][language].format(seq=self.seq, commit=self.commit)
        who = "" if self.case is None else f"{word} {self.number or self.case}: "
        return who + what + (f" ({self.detail})" if self.detail else "")


@dataclass(slots=True)
class Report:
    """``ok`` when nothing is wrong. ``tip_seq`` and ``tip_hash`` are worth noting elsewhere:

    handed to a later `verify` as its anchor, they prove that nothing before was taken away.
    ``with_key`` tells whether personal parts and rows could be checked too.
    """

    cases: int = 0
    events: int = 0
    commits: int = 0
    erased: int = 0
    with_key: bool = False
    with_rows: bool = False
    tip_seq: int = 0
    tip_hash: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """Plain data for `dispatcher verify --json`."""
        plain = asdict(self)
        for told, finding in zip(plain["findings"], self.findings, strict=True):
            told |= {"message_zh": finding.message_zh, "message_en": finding.message_en}
        return {"ok": self.ok, **plain}

    def find(
        self,
        kind: str,
        case: str | None = None,
        *,
        seq: int | None = None,
        commit: int | None = None,
        detail: str = "",
        db: sqlite3.Connection | None = None,
    ) -> None:
        """Note a finding; with ``db`` the case's number is looked up for the reader."""
        if len(self.findings) < _MOST:
            number = None if db is None or case is None else _number(db, case)
            case = None if case is None else printable(case)
            detail = printable(detail)
            self.findings.append(Finding(kind, case, number, seq, commit, detail))


def _number(db: sqlite3.Connection, case: str) -> str | None:
    try:
        row = db.execute("SELECT number FROM cases WHERE case_id = ?", (case,)).fetchone()
    except (sqlite3.Error, UnicodeError):
        return None
    return None if row is None else printable(str(row[0]))


def printable(text: str) -> str:
    """Text from a file that was tampered with may hold anything."""
    return text.encode(errors="backslashreplace").decode()
