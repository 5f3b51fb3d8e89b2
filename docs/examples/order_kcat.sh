#!/usr/bin/env bash
# Publishes an order and its payment with kcat, and reads what came of them. Debian: apt-get install kcat
set -euo pipefail
STACK=${ENDPOINTS:-.run/endpoints.json}
KAFKA=$(grep -o '"kafka": *"[^"]*"' "$STACK" | cut -d'"' -f4)
ID=$(date +%s%N)
CUSTOMER=c-$ID
VAT_NUMBER=${VAT_NUMBER:-$(.venv/bin/coterm test-data vat)}

publish() { # type, id, data: one CloudEvent on one line, under the customer's id
  printf '{"specversion":"1.0","id":"%s","source":"/storefronts/example","type":"%s","subject":"%s","datacontenttype":"application/json","data":%s}' \
    "$2" "$1" "$CUSTOMER" "$3" |
    kcat -P -b "$KAFKA" -t storefront.intake -k "$CUSTOMER" -X acks=all -X enable.idempotence=true \
      -H content-type=application/cloudevents+json
}

publish storefront.OrderSubmitted.v1 "o-$ID" '{"order_id":"o-'"$ID"'","storefront":"example","channel":"SITE","customer":{"customer_id":"'"$CUSTOMER"'","kind":"VAT_HOLDER","name":"Anna Bianchi","email":"anna@bianchi.example","vat_number":"'"$VAT_NUMBER"'"},"lines":[{"product":"E_INVOICING"}]}'

# What came of it stands on three topics; Noted and Sealed are the services' own bookkeeping.
mine() { kcat -C -q -e -b "$KAFKA" -t "$1" -o beginning -f "%k $2\n" | grep "^$CUSTOMER " || true; }
seen() { mine "$1" %h | grep -vE '(Noted|Sealed)\.v' | sed -E 's/.*type=([^,]+).*/\1/'; }
until_seen() { # topic, type: wait for it, and stop where the order is refused
  for _ in $(seq 50); do
    if seen "$1" | grep -q "$2"; then return; fi
    if mine orders.events %s | grep -o '"violations": *\[{.*\]' >&2; then echo "refused" >&2; exit 1; fi
    sleep 0.3
  done
  echo "no $2 after 50 looks" >&2; exit 1
}

until_seen billing.events OrderPriced
publish storefront.PaymentReceived.v1 "bank:p-$ID" '{"order_id":"o-'"$ID"'","customer_id":"'"$CUSTOMER"'","payment_source":"bank","payment_id":"p-'"$ID"'","amount_cents":3660,"currency":"EUR","method":"CARD"}'
until_seen provisioning.events OrderActivated
for topic in orders billing provisioning; do echo "--- $topic.events"; seen "$topic.events"; done
