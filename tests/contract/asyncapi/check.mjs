// Does AsyncAPI's own parser accept these documents, every reference followed? One line of JSON for each.
import { Parser, fromFile } from "@asyncapi/parser";

const parser = new Parser();
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await fromFile(parser, file).parse();
  console.log(JSON.stringify({
    accepted: document !== undefined,
    version: document?.version(),
    channels: document?.channels().all().map((channel) => channel.address()),
    messages: document?.allMessages().all().map((message) => message.name()),
    said: diagnostics.map(({ severity, path, message }) => `${severity} ${path.join(".")}: ${message}`),
  }));
}
