from support.models.deadlines import DeskCalendar, DeskDay, ServiceLevel
from support.models.desk import (
    CategoryField,
    DeskRule,
    Macro,
    Queue,
    QueueMember,
    Tag,
    TicketCategory,
)
from support.models.held import HeldFile
from support.models.knowledge import (
    Article,
    ArticleCategory,
    ArticleVote,
    ArticleWord,
    Score,
)
from support.models.links import Presence, TicketLink, TicketRelation
from support.models.mail import IncomingMail, LetterId, Mailbox, OutgoingMail
from support.models.tickets import (
    InternalNote,
    MessageFile,
    NoteFile,
    Observer,
    Ticket,
    TicketMessage,
    TicketWord,
)

__all__ = [
    "Article",
    "ArticleCategory",
    "ArticleVote",
    "ArticleWord",
    "CategoryField",
    "DeskCalendar",
    "DeskDay",
    "DeskRule",
    "HeldFile",
    "IncomingMail",
    "InternalNote",
    "LetterId",
    "Macro",
    "Mailbox",
    "MessageFile",
    "NoteFile",
    "Observer",
    "OutgoingMail",
    "Presence",
    "Queue",
    "QueueMember",
    "Score",
    "ServiceLevel",
    "Tag",
    "Ticket",
    "TicketCategory",
    "TicketLink",
    "TicketMessage",
    "TicketRelation",
    "TicketWord",
]
