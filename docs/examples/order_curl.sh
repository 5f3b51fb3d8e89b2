#!/usr/bin/env bash
# Orders e-invoicing and Documents, pays, and looks the order up. Needs curl; the key stands in the stack's description.
set -euo pipefail
STACK=${ENDPOINTS:-.run/endpoints.json}
value() { grep -o "\"$1\": *\"[^\"]*\"" "$STACK" | head -1 | cut -d'"' -f4; }
URL=$(value orders)
KEY=$(value storefront)
ID=$(date +%s%N)
VAT_NUMBER=${VAT_NUMBER:-$(.venv/bin/coterm test-data vat)}

echo "--- order"
ORDER=$(curl -sS "$URL/v1/orders" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -H 'Prefer: wait=5' -d @- <<JSON
{
  "order_id": "o-$ID",
  "storefront": "example",
  "channel": "SITE",
  "customer": {
    "customer_id": "c-$ID",
    "kind": "LEGAL_PERSON",
    "name": "Rossi Srl",
    "email": "amministrazione@rossi.example",
    "vat_number": "$VAT_NUMBER"
  },
  "lines": [{"product": "E_INVOICING"}, {"product": "DOCUMENTS"}]
}
JSON
)
echo "$ORDER"
case $ORDER in
  *'"AWAITING_PAYMENT"'*) ;;
  *) echo "no payment: $(grep -o '"violations":\[.*\]' <<<"$ORDER" || echo "not priced yet")" >&2; exit 1 ;;
esac

echo "--- payment"
curl -sS "$URL/v1/orders/o-$ID/payments" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d @- <<JSON
{
  "payment_source": "bank",
  "payment_id": "p-$ID",
  "amount_cents": 3660,
  "currency": "EUR",
  "method": "BANK_TRANSFER"
}
JSON

echo; echo "--- a moment later"
for _ in $(seq 50); do
  ORDER=$(curl -sS "$URL/v1/orders/o-$ID" -H "Authorization: Bearer $KEY")
  case $ORDER in *'"ACTIVATED"'*) break ;; esac
  sleep 0.2
done
echo "$ORDER"
