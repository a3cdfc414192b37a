"""An answer belongs to its study, session, learner and question, and the store keeps what was asked."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KIT = "paul_on_coproduction"
BEFORE = ("coder", "session", "pseudonym", "question", "revision", "start", "end", "theme")
AFTER = ("coder", "study", *BEFORE[1:])

# Version 1 of the kit's own self-study, in English: no store before this one has kept what was asked.
STORY = "Think of a time when healthcare service worked really well:"
FURTHER = (
    "Pushing a little further into that time and getting even a bit more specific, if we think of a healthcare service "
    "as a relationship and an action:"
)
BOTH = (
    "And the same questions for a helpful set of actions…what did each party/actor do that contributed to the plan for "
    "and the carrying out of the planned actions?"
)
ROLE = "What would you call the {} in your story?"
DID = "What did the “{}” do (sometimes {} by the name of their “role”, for example “{}” or “{}”), that contributed to the experience?"  # noqa: E501
BOUND = "What did the “{}” do that contributed to a meaningful relationship?"
PRO, PATIENT = "professional-person", "patient-person"
ASKED = (  # question, lead, prompt, part, actor, aspect
    ("role_professional", "", ROLE.format(PRO), "", "professional", ""),
    ("role_patient", "", ROLE.format(PATIENT), "", "patient", ""),
    ("what_happened", STORY, "What happened?", "", "", ""),
    (
        "professional_contribution",
        STORY,
        DID.format(PRO, "only called", "nurse", "physician"),
        "",
        "professional",
        "",
    ),
    ("patient_contribution", STORY, DID.format(PATIENT, "called", "patient", "parent"), "", "patient", ""),
    ("professional_relationship", FURTHER, BOUND.format(PRO), "", "professional", "relationship"),
    ("patient_relationship", FURTHER, BOUND.format(PATIENT), "", "patient", "relationship"),
    ("professional_plan", FURTHER, BOTH, f"The {PRO}, planning", "professional", "plan"),
    ("patient_plan", FURTHER, BOTH, f"The {PATIENT}, planning", "patient", "plan"),
    ("professional_carrying_out", FURTHER, BOTH, f"The {PRO}, carrying out", "professional", "carrying_out"),
    ("patient_carrying_out", FURTHER, BOTH, f"The {PATIENT}, carrying out", "patient", "carrying_out"),
    (
        "resources_and_supports",
        "",
        "What resources and supports helped the two parties work together to make the service?",
        "",
        "",
        "",
    ),
    (
        "difficult_to_do_consistently",
        "",
        "What might make healthcare service work like this difficult to do consistently?",
        "",
        "",
        "",
    ),
)


def upgrade() -> None:
    wording = op.create_table(
        "wording",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("study_key", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("aspect", sa.String, nullable=False),
        sa.Column("fingerprint", sa.String, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wording"),
        sa.UniqueConstraint("study_key", "version", "language", "question", name="uq_wording_study_key"),
    )
    op.create_table(
        "removed_answer",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.String, nullable=False),
        sa.Column("session", sa.String, nullable=False),
        sa.Column("study", sa.String, nullable=False),
        sa.Column("question", sa.String, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_removed_answer"),
    )
    connection = op.get_bind()
    if connection.execute(_answers_to_the_kit()).first():
        connection.execute(sa.insert(wording), list(_kits_own()))
    with op.batch_alter_table("session") as session:
        session.add_column(sa.Column("practice", sa.Boolean, nullable=False, server_default=sa.false()))
    _mark_practice(connection)
    with op.batch_alter_table("coding") as coding:
        coding.add_column(sa.Column("study", sa.String, nullable=False, server_default=KIT))
        coding.drop_constraint("uq_coding_coder")
        coding.create_unique_constraint("uq_coding_coder", AFTER)
    _name_studies(connection)


def downgrade() -> None:
    connection = op.get_bind()
    with op.batch_alter_table("coding") as coding:
        coding.drop_constraint("uq_coding_coder")
    # Two codings that only their study sets apart are one in the older table: the first of them stays.
    kept = sa.select(sa.func.min(CODING.c.id)).group_by(*(CODING.c[name] for name in BEFORE))
    connection.execute(sa.delete(CODING).where(CODING.c.id.not_in(kept)))
    with op.batch_alter_table("coding") as coding:
        coding.create_unique_constraint("uq_coding_coder", BEFORE)
        coding.drop_column("study")
    with op.batch_alter_table("session") as session:
        session.drop_column("practice")
    for table in ("removed_answer", "wording"):
        op.drop_table(table)


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


CODING = _table("coding", "id", *AFTER, "words")
LEARNER = _table("learner", "id", "pseudonym")
RESPONSE = _table("response", "id", "learner_id", "session", "study_key")
REVISION = _table("revision", "response_id", "question", "number", "text", "study_version", "language")
SESSION = _table("session", "name", "title", "practice")
CONSENT = _table("consent", "response_id", "use", "version")


def _answers_to_the_kit() -> sa.Select[Any]:
    answers = sa.select(REVISION.c.number).select_from(REVISION.join(RESPONSE, REVISION.c.response_id == RESPONSE.c.id))
    theirs = (RESPONSE.c.study_key == KIT) & (REVISION.c.study_version == 1) & (REVISION.c.language == "en")
    return answers.where(theirs).limit(1)


def _kits_own() -> Iterator[dict[str, Any]]:
    at = datetime.now(UTC)
    for place, (question, *asked) in enumerate(ASKED):
        words = dict(zip(("lead", "prompt", "part", "actor", "aspect"), asked, strict=True))
        fingerprint = hashlib.sha256(json.dumps(asked, ensure_ascii=False).encode()).hexdigest()
        which = {"study_key": KIT, "version": 1, "language": "en", "question": question, "place": place}
        yield which | words | {"fingerprint": fingerprint, "recorded_at": at}


def _mark_practice(connection: sa.Connection) -> None:
    """Mark the sessions that `coprod demo` filled: its learners agreed to class use alone, on version 1 of the words.

    A page that real learners write on has asked about both uses, on version 2, as long as sessions have had codes.
    """
    theirs = RESPONSE.join(CONSENT, CONSENT.c.response_id == RESPONSE.c.id)
    for name, title in connection.execute(sa.select(SESSION.c.name, SESSION.c.title)).all():
        chosen = sa.select(CONSENT.c.use, CONSENT.c.version).select_from(theirs).where(RESPONSE.c.session == name)
        found = {tuple(row) for row in connection.execute(chosen)}
        if "practice" in title.casefold() and found == {("class", 1)}:
            connection.execute(sa.update(SESSION).where(SESSION.c.name == name).values(practice=sa.true()))


def _name_studies(connection: sa.Connection) -> None:
    """Give each coding the self-study whose answer holds its words; the kit's own where the text is not here."""
    answers = REVISION.join(RESPONSE, REVISION.c.response_id == RESPONSE.c.id)
    answers = answers.join(LEARNER, LEARNER.c.id == RESPONSE.c.learner_id)
    same = (LEARNER.c.pseudonym == CODING.c.pseudonym) & (RESPONSE.c.session == CODING.c.session)
    same &= (REVISION.c.question == CODING.c.question) & (REVISION.c.number == CODING.c.revision)
    query = sa.select(*CODING.c["id", "start", "end", "words"], RESPONSE.c.study_key, REVISION.c.text)
    query = query.select_from(CODING.join(answers, same)).order_by(CODING.c.id, RESPONSE.c.study_key)
    found: dict[int, set[str]] = {}
    for row in connection.execute(query):
        if row.text[row.start : row.end] == row.words:
            found.setdefault(row.id, set()).add(row.study_key)
    for coding, studies in found.items():
        if KIT not in studies:
            connection.execute(sa.update(CODING).where(CODING.c.id == coding).values(study=min(studies)))
