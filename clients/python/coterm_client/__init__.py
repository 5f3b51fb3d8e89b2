"""How does a storefront speak to coterm? Over HTTP with `Storefront`, over Kafka with `coterm_client.intake.Intake`.

Each has a twin that blocks, for code that is not asynchronous: `BlockingStorefront(Storefront(…))`.
"""

from coterm_client.answers import Extension, Order, OrderLine, Outcome, Paid, Placed, Preview, Quote, Violation
from coterm_client.blocking import BlockingPaymentWebhook, BlockingStorefront
from coterm_client.bodies import (
    Address,
    CancellationOfOrder,
    Cart,
    Customer,
    KnownCustomer,
    Line,
    Payment,
    PaymentOfOrder,
)
from coterm_client.problems import (
    AccountParked,
    BodyTooLarge,
    CotermError,
    Forbidden,
    IdempotencyConflict,
    InvalidRequest,
    NotPriceable,
    NotUnderstood,
    OrderIdTaken,
    OrderNotCancellable,
    OrderRefused,
    OrderUnknown,
    PaymentConflict,
    Problem,
    SignatureInvalid,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Unreachable,
)
from coterm_client.retrying import Patience
from coterm_client.storefront import NotYet, Storefront
from coterm_client.webhooks import PaymentWebhook, sign
from coterm_client.words import (
    BuyerKind,
    Channel,
    LineAction,
    Locale,
    OrderStatus,
    PaymentMethod,
    ViolationCode,
)

__version__ = "1.0.0"

__all__ = [
    "AccountParked", "Address", "BlockingPaymentWebhook", "BlockingStorefront", "BodyTooLarge", "BuyerKind",
    "CancellationOfOrder", "Cart", "Channel",
    "CotermError", "Customer", "Extension", "Forbidden", "IdempotencyConflict", "InvalidRequest", "KnownCustomer",
    "Line", "LineAction", "Locale", "NotPriceable", "NotUnderstood", "NotYet", "Order", "OrderIdTaken",
    "OrderLine", "OrderNotCancellable", "OrderRefused", "OrderStatus", "OrderUnknown", "Outcome", "Paid",
    "Patience", "Payment", "PaymentConflict", "PaymentMethod", "PaymentOfOrder", "PaymentWebhook", "Placed",
    "Preview", "Problem", "Quote", "SignatureInvalid", "Storefront", "TooManyRequests", "Unauthorized",
    "Unavailable", "Unreachable", "Violation", "ViolationCode", "__version__", "sign",
]  # fmt: skip
