#!/usr/bin/env bash
# Publishes an order and its payment with kcat, and reads what orders says of them. Debian: apt-get install kcat
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

publish storefront.OrderSubmitted.v1 "o-$ID" '{"order_id":"o-'"$ID"'","storefront":"example","channel":"SITE","customer":{"customer_id":"'"$CUSTOMER"'","kind":"VAT_HOLDER","name":"Anna Bianchi","email":"anna@bianchi.example","vat_number":"'"${VAT_NUMBER:-01234560017}"'"},"lines":[{"product":"E_INVOICING"}]}'
publish storefront.PaymentReceived.v1 "bank:p-$ID" '{"order_id":"o-'"$ID"'","customer_id":"'"$CUSTOMER"'","payment_source":"bank","payment_id":"p-'"$ID"'","amount_cents":3660,"currency":"EUR","method":"CARD"}'

# The payment came before the price: it is held, and registered by itself.
for _ in $(seq 50); do
  SEEN=$(kcat -C -q -e -b "$KAFKA" -t orders.events -o beginning -f '%k %h\n' | grep "^$CUSTOMER " || true)
  case $SEEN in *OrderActivationNoted*) break ;; esac
  sleep 0.3
done
echo "$SEEN" | sed -E 's/^([^ ]+) .*type=([^,]+).*/\1 \2/'
