#!/usr/bin/env bash
# Publishes an order and its payment with kcat, and reads what came of them. Debian: apt-get install kcat
set -euo pipefail
STACK=${ENDPOINTS:-.run/endpoints.json}
KAFKA=$(grep -o '"kafka": *"[^"]*"' "$STACK" | cut -d'"' -f4)
ID=$(date +%s%N)
CUSTOMER=c-$ID

publish() { # type, id, data: one CloudEvent on one line, under the customer's id
  printf '{"specversion":"1.0","id":"%s","source":"/storefronts/example","type":"%s","subject":"%s","datacontenttype":"application/json","data":%s}' \
    "$2" "$1" "$CUSTOMER" "$3" |
    kcat -P -b "$KAFKA" -t storefront.intake -k "$CUSTOMER" -X acks=all -X enable.idempotence=true \
      -H content-type=application/cloudevents+json
}

publish storefront.OrderSubmitted.v1 "o-$ID" '{"order_id":"o-'"$ID"'","storefront":"example","channel":"SITE","customer":{"customer_id":"'"$CUSTOMER"'","kind":"VAT_HOLDER","name":"Anna Bianchi","email":"anna@bianchi.example","vat_number":"'"${VAT_NUMBER:-03579240015}"'"},"lines":[{"product":"E_INVOICING"}]}'
publish storefront.PaymentReceived.v1 "bank:p-$ID" '{"order_id":"o-'"$ID"'","customer_id":"'"$CUSTOMER"'","payment_source":"bank","payment_id":"p-'"$ID"'","amount_cents":3660,"currency":"EUR","method":"CARD"}'

# What came of it stands on three topics; Noted and Sealed are the services' own bookkeeping.
seen() { kcat -C -q -e -b "$KAFKA" -t "$1" -o beginning -f '%k %h\n' | grep "^$CUSTOMER " | grep -vE '(Noted|Sealed)\.v' | sed -E 's/.*type=([^,]+).*/\1/'; }
for _ in $(seq 50); do
  ACTIVE=$(seen provisioning.events || true)
  case $ACTIVE in *OrderActivated*) break ;; esac
  sleep 0.3
done
echo "--- orders.events"; seen orders.events
echo "--- billing.events"; seen billing.events
echo "--- provisioning.events"; echo "$ACTIVE"
