#!/usr/bin/env bash
# Buys e-invoicing on 30 June 2025 and Documents on 15 January 2026, by setting the stack's clock. Needs curl.
set -euo pipefail
STACK=${ENDPOINTS:-.run/endpoints.json}
value() { grep -o "\"$1\": *\"[^\"]*\"" "$STACK" | head -1 | cut -d'"' -f4; }
ORDERS=$(value orders) BILLING=$(value billing) KEY=$(value storefront) CLOCK=$(value clock)
ID=$(date +%s%N)
VAT_NUMBER=${VAT_NUMBER:-$(.venv/bin/coterm test-data vat)}

at() { echo "$1" >"$CLOCK.new" && mv "$CLOCK.new" "$CLOCK"; }
ask() { curl -sS "$1" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -H 'Prefer: wait=5' "${@:2}"; }
order() { # id, channel, product
  ask "$ORDERS/v1/orders" -d '{"order_id":"'"$1"'","storefront":"example","channel":"'"$2"'","customer":{"customer_id":"c-'"$ID"'","kind":"LEGAL_PERSON","name":"Rossi Srl","email":"amministrazione@rossi.example","vat_number":"'"$VAT_NUMBER"'"},"lines":[{"product":"'"$3"'"}]}'
}
show() { grep -oE "$1" <<<"$2" || true; }
payable() {
  case $1 in *'"AWAITING_PAYMENT"'*) return ;; esac
  echo "no payment: $(show '"violations":\[.*\]' "$1")" >&2
  exit 1
}

at 2025-06-30T09:00:00Z
echo "--- e-invoicing"
ORDER=$(order "o-$ID-1" SITE E_INVOICING)
payable "$ORDER"
show '"total_cents":[0-9]+' "$ORDER"
ask "$ORDERS/v1/orders/o-$ID-1/payments" -o /dev/null -d '{"payment_source":"bank","payment_id":"p-'"$ID"'","amount_cents":3660,"currency":"EUR","method":"CARD"}'
for _ in $(seq 50); do
  ask "$ORDERS/v1/orders/o-$ID-1" | grep -q '"ACTIVATED"' && break
  sleep 0.2
done

at 2026-01-15T09:00:00Z
echo "--- Documents, quoted: with the extension, without"
QUOTE=$(ask "$BILLING/v1/quotes" -d '{"customer_id":"c-'"$ID"'","channel":"CUSTOMER_AREA","lines":[{"product":"DOCUMENTS"}]}')
show '"total_cents":[0-9]+|"expiries":\{[^}]+\}' "$QUOTE"
echo "--- Documents, ordered"
ORDER=$(order "o-$ID-2" CUSTOMER_AREA DOCUMENTS)
payable "$ORDER"
show '"extensions":\[\{.*"net_cents":1629\}\]|"total_cents":[0-9]+' "$ORDER"
