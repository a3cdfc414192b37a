"""The errors that the kit raises. Their messages are for people who run or program it; learners never see them."""


class CoprodError(Exception):
    """Base of every error the kit raises on purpose; the command line prints it in one piece and exits with 2."""


class SelfStudyError(CoprodError):
    """A self-study file is wrong; `problems` holds one sentence per mistake, each with its file and line."""

    def __init__(self, problems: list[str]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


class FileError(CoprodError):
    """A file that somebody named cannot be read or written, or must not be replaced; the message begins with it."""


class StoreError(CoprodError):
    """The store cannot be opened, read or written."""


class WordingChanged(StoreError):
    """A self-study asks something else than the answers in the store were given to, under the same version."""


class SaveConflict(StoreError):
    """Another page saved a newer text of this answer first; `latest` is that revision."""

    def __init__(self, latest: object):
        self.latest = latest
        super().__init__("A newer revision of this answer is already stored; save again with its number as base.")


class MemoConflict(StoreError):
    """Another page changed this memo first; `latest` is the one that is kept."""

    def __init__(self, latest: str):
        self.latest = latest
        super().__init__("Another memo is already stored; save again with it as base.")


class CodingGone(StoreError):
    """The coding is not in this store: it was removed from another page, or with its learner."""

    def __init__(self) -> None:
        super().__init__("This coding is not in the store any more.")


class LearnerGone(StoreError):
    """The learner is not in this store: everything was deleted, or this is another store."""


class TooMuchStored(StoreError):
    """One learner has stored as much as anybody may; what is stored stays, and can be deleted."""

    def __init__(self) -> None:
        super().__init__("This learner has stored as much as the store takes from one. Nothing more is added.")


class ResumeRefused(StoreError):
    """A resume code did not open anything; after `wait` seconds another may be tried."""

    def __init__(self, wait: float):
        self.wait = wait
        super().__init__("That resume code does not open anything here.")


class FinderNotInstalled(CoprodError):
    """A package that was asked to help with finding identifiers is not installed."""


class ReleaseRefused(CoprodError):
    """What was to be shared would give somebody away, or is not ready; the message says what to do."""


class SessionClosed(StoreError):
    """The session, or a `section` of it, is closed: what was written stays readable, and nothing is added."""

    def __init__(self, section: str = "") -> None:
        self.section = section
        what = "This part of the session" if section else "This session"
        super().__init__(f"{what} is closed, so nothing is stored in it any more. Its instructor can open it again.")


class JoinRefused(StoreError):
    """A join code opened no session; after `wait` seconds another may be tried."""

    def __init__(self, wait: float):
        self.wait = wait
        super().__init__("That join code opens no session here.")


class WallConflict(StoreError):
    """An answer on the wall has changed since it was looked at; `latest` is its card now."""

    def __init__(self, latest: object):
        self.latest = latest
        super().__init__("This answer has changed since you looked at it. Look at it again, then decide.")


class AnswerGone(StoreError):
    """An answer is not on this wall: it was deleted, emptied, or its learner no longer agrees to it."""

    def __init__(self) -> None:
        super().__init__("This answer is not on the wall any more.")
