"""The ledger of rating studies."""

from raters.models.agreement import Adjudication, AgreementTally, Observation
from raters.models.decisions import ItemsUpload, RubricMove
from raters.models.people import (
    Credential,
    CredentialRecord,
    HonorariumDispute,
    MembershipRecord,
    RatingKeys,
    TextDecision,
)
from raters.models.ratings import Assignment, Draft, Flag, RatingRevision, Receipt
from raters.models.rubrics import RubricVersion
from raters.models.studies import Membership, RaterGroup, Study, StudyAnswer, StudyItem, StudySystem

__all__ = [
    "Adjudication",
    "AgreementTally",
    "Assignment",
    "Credential",
    "CredentialRecord",
    "Draft",
    "Flag",
    "HonorariumDispute",
    "ItemsUpload",
    "Membership",
    "MembershipRecord",
    "Observation",
    "RaterGroup",
    "RatingKeys",
    "RatingRevision",
    "Receipt",
    "RubricMove",
    "RubricVersion",
    "Study",
    "StudyAnswer",
    "StudyItem",
    "StudySystem",
    "TextDecision",
]
