// Publishes an order with KafkaJS, pays it over HTTP, and reads the order back. Node 18 or newer:
//   npm ci --prefix docs/examples/node && node docs/examples/node/order.mjs
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Kafka, logLevel } from 'kafkajs'

const stack = JSON.parse(readFileSync(process.env.ENDPOINTS ?? '.run/endpoints.json', 'utf8'))
const id = `${Date.now()}${process.pid}`
const customer = `c-${id}`
const vatNumber = process.env.VAT_NUMBER ?? execFileSync('.venv/bin/coterm', ['test-data', 'vat']).toString().trim()
const event = {
  specversion: '1.0',
  id: `o-${id}`,
  source: '/storefronts/example',
  type: 'storefront.OrderSubmitted.v1',
  subject: customer,
  datacontenttype: 'application/json',
  data: {
    order_id: `o-${id}`,
    storefront: 'example',
    channel: 'SITE',
    customer: {
      customer_id: customer,
      kind: 'LEGAL_PERSON',
      name: 'Rossi Srl',
      email: 'amministrazione@rossi.example',
      vat_number: vatNumber
    },
    lines: [{ product: 'E_INVOICING' }, { product: 'DOCUMENTS' }]
  }
}

const kafka = new Kafka({ clientId: 'example', brokers: [stack.kafka], logLevel: logLevel.ERROR })
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
await producer.connect()
// The record's key and the event's subject are the customer's id: one customer's messages stay in order.
const [kept] = await producer.send({
  topic: 'storefront.intake',
  acks: -1,
  messages: [{ key: customer, value: JSON.stringify(event), headers: { 'content-type': 'application/cloudevents+json' } }]
})
await producer.disconnect()
console.log('kept at', `${kept.topicName}-${kept.partition}@${kept.baseOffset}`)

const headers = { authorization: `Bearer ${stack.keys.storefront}`, 'content-type': 'application/json' }
async function order (status) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`${stack.orders}/v1/orders/o-${id}`, { headers })
    const body = await answer.json()
    if (body.status === status) return body
    if (body.status === 'REFUSED') throw new Error(`refused: ${JSON.stringify(body.violations)}`)
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  throw new Error(`o-${id} is not ${status} after 20 s`)
}

const priced = await order('AWAITING_PAYMENT')
console.log(priced.status, priced.total_cents)
const payment = {
  payment_source: 'bank',
  payment_id: `p-${id}`,
  amount_cents: priced.outstanding_cents,
  currency: 'EUR',
  method: 'CARD'
}
const answer = await fetch(`${stack.orders}/v1/orders/o-${id}/payments`, {
  method: 'POST', headers, body: JSON.stringify(payment)
})
console.log('payment', answer.status, (await answer.json()).status)
console.log((await order('ACTIVATED')).status)
