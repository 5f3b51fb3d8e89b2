// Quotes, orders and pays with a client that openapi-typescript makes from docs/openapi. Node 20 or newer:
//   npm ci --prefix docs/examples/typescript && npm start --silent --prefix docs/examples/typescript
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import createClient from 'openapi-fetch'
import type { components, paths as BillingPaths } from './build/billing.js'
import type { components as OrderComponents, paths as OrdersPaths } from './build/orders.js'

const root = new URL('../../../../', import.meta.url).pathname
const stack = JSON.parse(readFileSync(process.env.ENDPOINTS ?? `${root}.run/endpoints.json`, 'utf8'))
const drawn = () => execFileSync(`${root}.venv/bin/coterm`, ['test-data', 'vat']).toString().trim()
const id = `${Date.now()}${process.pid}`

const headers = { authorization: `Bearer ${stack.keys.storefront}` }
const orders = createClient<OrdersPaths>({ baseUrl: stack.orders, headers })
const billing = createClient<BillingPaths>({ baseUrl: stack.billing, headers })

const lines: components['schemas']['Line'][] = [{ product: 'E_INVOICING' }, { product: 'DOCUMENTS' }]
const cart: OrderComponents['schemas']['OrderSubmitted'] = {
  order_id: `o-${id}`,
  storefront: 'example',
  channel: 'SITE',
  customer: {
    customer_id: `c-${id}`,
    kind: 'LEGAL_PERSON',
    name: 'Rossi Srl',
    email: 'amministrazione@rossi.example',
    vat_number: process.env.VAT_NUMBER ?? drawn()
  },
  lines
}

function refused (problem: OrderComponents['schemas']['Problem']): never {
  console.error(problem.code, problem.violations?.map(each => each.code) ?? problem.detail)
  process.exit(1)
}

const quote = await billing.POST('/v1/quotes', { body: { channel: 'SITE', lines } })
if (quote.error) refused(quote.error)
console.log('would cost', quote.data.outcomes[0]?.total_cents)

const placed = await orders.POST('/v1/orders', { body: cart, params: { header: { prefer: 'wait=10' } } })
if (placed.error) refused(placed.error)
if (!('status' in placed.data)) throw new Error('a dry run was not asked for')
console.log(placed.data.status, placed.data.total_cents)

const path = { order_id: cart.order_id }
const paid = await orders.POST('/v1/orders/{order_id}/payments', {
  params: { path },
  body: { payment_source: 'bank', payment_id: `p-${id}`, amount_cents: placed.data.outstanding_cents ?? 0, currency: 'EUR', method: 'CARD' }
})
if (paid.error) refused(paid.error)

for (let tries = 0; tries < 100; tries++) {
  const order = await orders.GET('/v1/orders/{order_id}', { params: { path } })
  if (order.error) refused(order.error)
  if (order.data.status === 'ACTIVATED') {
    console.log(order.data.status, Object.keys(order.data.expiries).length, 'services')
    process.exit(0)
  }
  await new Promise(resolve => setTimeout(resolve, 200))
}
throw new Error(`${cart.order_id} is not activated after 20 s`)
