"""Every error of a store that a person may meet, shared by all stores. Codes are stable.

::

    core.errors.StoreError
    ├── StoreFull                nothing was committed: no room even after the reserve
    ├── LeaseLost                another engine writes now; this one must stop
    ├── StoreUnavailable         the database cannot be opened, read or written
    ├── SchemaTooNew             the database was written by a newer version
    ├── MasterKeyMissing         MasterKeyWrong      MasterKeyExposed
    ├── CommitRefused            one case's commit; the others of its group stand
    │   ├── SequenceConflict     the ledger went on since this was decided
    │   ├── MarkAlreadyFired     the mark is in the ledger already (exactly once)
    │   ├── DuplicateEffect      the effect's key was used before (at most once)
    │   ├── CaseErased           the case's personal key was destroyed
    │   └── CommitMalformed      a mistake of the caller's
    └── CaseUnknown              CaseStillOpen       what an erasure finds
"""

from dispatcher.core.errors import LeaseLost, StoreError, StoreFull


def store_full(place: str, reason: str) -> StoreFull:
    """Nothing of this group was committed; the disk is full even after the reserve was freed."""
    return StoreFull(
        "STORE_FULL",
        f"磁盘已满,未写入任何内容:{place}({reason})。请立即清理磁盘空间。",
        f"No room to write: {place} ({reason}). Nothing was written. Free disk space now.",
    )


def lease_lost(mine: int, current: int) -> LeaseLost:
    """Another engine holds the lease; whatever this one decides no longer counts."""
    return LeaseLost(
        "LEASE_LOST",
        f"写入租约已由另一个引擎接管(本机 {mine},当前 {current})。本引擎必须停止。",
        f"Another engine has taken the lease (ours {mine}, now {current}). This one must stop.",
    )


class StoreUnavailable(StoreError):
    """The database cannot be opened, read or written, for a reason other than a full disk."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(
            "STORE_UNAVAILABLE",
            f"数据库不可用:{place}({reason})。请检查路径、权限和磁盘。",
            f"Database not usable: {place} ({reason}). Check the path, its permissions, the disk.",
        )


class SchemaTooNew(StoreError):
    """The database was written by a newer version of this program."""

    def __init__(self, place: str, found: str, known: str) -> None:
        super().__init__(
            "SCHEMA_TOO_NEW",
            f"数据库 {place} 的结构版本为 {found},本程序只认识到 {known}。请使用更新的程序版本。",
            f"Database {place} has schema {found}; this program knows up to {known}. "
            "Run the newer program; nothing was changed.",
        )


class MasterKeyMissing(StoreError):
    """The database has cases, but the file of its master key is not there."""

    def __init__(self, key_file: str, database: str) -> None:
        super().__init__(
            "MASTER_KEY_MISSING",
            f"找不到主密钥文件 {key_file},而数据库 {database} 已使用它加密。请从备份恢复该文件。",
            f"Master key file {key_file} is missing, but {database} was encrypted with it. "
            "Restore the file from its backup, or point the settings at it.",
        )


class MasterKeyWrong(StoreError):
    """The master key file is unreadable, or belongs to another database."""

    def __init__(self, key_file: str, reason: str) -> None:
        super().__init__(
            "MASTER_KEY_WRONG",
            f"主密钥文件 {key_file} 不正确({reason})。请换回与该数据库配套的密钥文件。",
            f"Master key file {key_file} is not the right one ({reason}). "
            "Put back the key file that belongs to this database.",
        )


class MasterKeyExposed(StoreError):
    """Everybody on this machine can read the master key."""

    def __init__(self, key_file: str) -> None:
        super().__init__(
            "MASTER_KEY_EXPOSED",
            f"主密钥文件 {key_file} 可被本机所有用户读取。请执行:chmod 600 {key_file}",
            f"Master key file {key_file} can be read by everybody. Run: chmod 600 {key_file}",
        )


class CommitRefused(StoreError):
    """One case's commit was refused; the others of its group stand."""


class SequenceConflict(CommitRefused):
    """The case's ledger went on since this was decided. Read it again and decide anew."""

    def __init__(self, case: str, expected: int, found: int) -> None:
        super().__init__(
            "SEQUENCE_CONFLICT",
            f"工单 {case} 的账本已到第 {found} 条,而本次决定基于第 {expected} 条。请重新决定。",
            f"Case {case} is at event {found}; this was decided at {expected}. Decide anew.",
        )
        self.expected = expected
        self.found = found


class MarkAlreadyFired(CommitRefused):
    """A mark fires exactly once per (deadline, version, code, ordinal)."""

    def __init__(self, deadline: str, version: int, code: str, ordinal: int) -> None:
        super().__init__(
            "MARK_ALREADY_FIRED",
            f"时限 {deadline} 第 {version} 版的节点 {code}#{ordinal} 已触发过。",
            f"Mark {code}#{ordinal} of {deadline} version {version} has fired already.",
        )


class DuplicateEffect(CommitRefused):
    """An effect's key may be used once, ever."""

    def __init__(self, key: str) -> None:
        super().__init__(
            "DUPLICATE_EFFECT",
            f"动作键 {key} 已被使用。",
            f"Effect key {key} was used before; take a new one.",
        )
        self.key = key


class CaseErased(CommitRefused):
    """The case's key was destroyed: nothing personal can be written to it any more."""

    def __init__(self, case: str) -> None:
        super().__init__(
            "CASE_ERASED",
            f"工单 {case} 的个人信息已清除,不能再写入个人信息或新动作。",
            f"The personal data of case {case} was erased; nothing personal can be added to it.",
        )


class CommitMalformed(CommitRefused):
    """Events of another case, or not numbered on from ``expected_seq``: the caller's mistake."""

    def __init__(self, case: str, reason: str) -> None:
        super().__init__(
            "COMMIT_MALFORMED",
            f"工单 {case} 的提交有误:{reason}。",
            f"Commit of case {case} is malformed: {reason}.",
        )


class CaseUnknown(StoreError):
    """There is no such case."""

    def __init__(self, case: str) -> None:
        super().__init__(
            "CASE_UNKNOWN",
            f"没有工单 {case}。请检查编号。",
            f"There is no case {case}. Check the id or number.",
        )


class CaseStillOpen(StoreError):
    """Personal data of a running case is needed to help; close it first."""

    def __init__(self, case: str) -> None:
        super().__init__(
            "CASE_STILL_OPEN",
            f"工单 {case} 尚未办结,不能清除个人信息。请先办结。",
            f"Case {case} is still open: its personal data is in use. Close it first.",
        )
