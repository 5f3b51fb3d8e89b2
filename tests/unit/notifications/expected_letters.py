"""What does each mail say to whoever gets it? Its subject and the lines that matter, from its example's facts."""

from schemas.vocabulary import TemplateName

ORDER_PAGE, AREA, PANEL = (
    "https://area.coterm.example/orders/o-1",
    "https://area.coterm.example",
    "https://panel.coterm.example",
)
_PASSWORD = ["Username: U12345670017", "Password: aB3<&dEfGh7JkLmN9pQr"]
_TO_PAY_IT = ["IBAN: IT60 X054 2811 1010 0000 0123 456", "Beneficiario: Coterm Servizi Srl", "Causale: o-1"]
_TO_PAY_EN = ["IBAN: IT60 X054 2811 1010 0000 0123 456", "Beneficiary: Coterm Servizi Srl", "Reason for payment: o-1"]

_MOVED = "dal 30 giugno 2026 al 15 gennaio 2027"

IT: dict[TemplateName, tuple[str, list[str]]] = {
    "order-received": (
        "Ordine o-1 ricevuto",
        [
            "Numero d'ordine: o-1",
            "Da pagare: 44,27 €",
            "- Documenti: 20,00 €",
            f"- Estensione di Fatturazione Elettronica {_MOVED} (6 mesi e 16 giorni): 16,29 €",
            "- IVA: 7,98 €",
            "Totale: 44,27 €",
            f"Paghi l'ordine: {ORDER_PAGE}",
            *_TO_PAY_IT,
            "Importo: 44,27 €",
            "Pagabile fino al: 14 febbraio 2026",
        ],
    ),
    "payment-short": (
        "Ordine o-1: mancano 14,27 €",
        [
            "Numero d'ordine: o-1",
            "Differenza da pagare: 14,27 €",
            f"Paghi l'ordine: {ORDER_PAGE}",
            *_TO_PAY_IT,
            "Importo: 14,27 €",
            "Pagabile fino al: 14 febbraio 2026",
        ],
    ),
    "activation-credentials": (
        "Attivazione di Fatturazione Elettronica: le sue credenziali",
        [
            "Fatturazione Elettronica: scade il 15 gennaio 2027",
            "Documenti: scade il 15 gennaio 2027",
            *_PASSWORD,
            "(nome utente e password temporanea)",
            f"Acceda al pannello: {PANEL}",
        ],
    ),
    "credentials-reissued": ("Nuove credenziali per il pannello", [*_PASSWORD, f"Acceda al pannello: {PANEL}"]),
    "service-activated": (
        "Documenti: attivazione (ordine o-1)",
        [
            "Documenti è a sua disposizione dal 15 gennaio 2026.",
            "Numero d'ordine: o-1",
            "Documenti: scade il 15 gennaio 2027",
            f"Fatturazione Elettronica: scadenza spostata {_MOVED}",
            f"Acceda al pannello: {PANEL}",
        ],
    ),
    "documents-activated": (
        "Documenti attivato (ordine o-1)",
        [
            "il modulo Documenti è attivo dal 15 gennaio 2026: lo trova nel pannello.",
            "Documenti: scade il 15 gennaio 2027",
            f"Fatturazione Elettronica: scadenza spostata {_MOVED}",
        ],
    ),
    "order-closed": (
        "Ordine o-1 chiuso",
        [
            "il 15 febbraio 2026 il suo ordine è stato chiuso perché non è stato pagato in tempo.",
            "Non deve pagare nulla per questo ordine.",
            "Già pagato, ora suo credito: 10,00 €",
            f"Veda l'ordine: {ORDER_PAGE}",
        ],
    ),
}
EN: dict[TemplateName, tuple[str, list[str]]] = {
    "order-received": (
        "Order o-1 received",
        [
            "Order number: o-1",
            "To pay: €44.27",
            "- Documents: €20.00",
            "- Extension of E-invoicing from 30 June 2026 to 15 January 2027 (6 months and 16 days): €16.29",
            "- VAT: €7.98",
            "Total: €44.27",
            f"Pay the order: {ORDER_PAGE}",
            *_TO_PAY_EN,
            "Amount: €44.27",
            "Payable until: 14 February 2026",
        ],
    ),
    "payment-short": (
        "Order o-1: €14.27 still to pay",
        [
            "Order number: o-1",
            "Difference to pay: €14.27",
            f"Pay the order: {ORDER_PAGE}",
            *_TO_PAY_EN,
            "Amount: €14.27",
            "Payable until: 14 February 2026",
        ],
    ),
    "activation-credentials": (
        "E-invoicing activated: your credentials",
        [
            "E-invoicing: expires on 15 January 2027",
            "Documents: expires on 15 January 2027",
            *_PASSWORD,
            "(user name and temporary password)",
            f"Sign in to the panel: {PANEL}",
        ],
    ),
    "credentials-reissued": ("New credentials for the panel", [*_PASSWORD, f"Sign in to the panel: {PANEL}"]),
    "service-activated": (
        "Documents activated (order o-1)",
        [
            "Documents is yours to use since 15 January 2026.",
            "Order number: o-1",
            "Documents: expires on 15 January 2027",
            "E-invoicing: expiry moved from 30 June 2026 to 15 January 2027",
            f"Sign in to the panel: {PANEL}",
        ],
    ),
    "documents-activated": (
        "Documents activated (order o-1)",
        [
            "the Documents module is active since 15 January 2026: you find it in the panel.",
            "Documents: expires on 15 January 2027",
            "E-invoicing: expiry moved from 30 June 2026 to 15 January 2027",
        ],
    ),
    "order-closed": (
        "Order o-1 closed",
        [
            "on 15 February 2026 your order was closed because it was not paid in time.",
            "There is nothing to pay for this order.",
            "Already paid, now your credit: €10.00",
            f"See the order: {ORDER_PAGE}",
        ],
    ),
}
