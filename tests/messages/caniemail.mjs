// Prints, for the HTML files named on the command line, which features which mail clients lack.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [library, ...files] = process.argv.slice(2);
const { caniemail } = await import(pathToFileURL(library));
const clients = ["gmail.*", "apple-mail.*", "outlook.*"];
const found = {};
for (const file of files) {
  const { issues } = caniemail({ clients, html: readFileSync(file, "utf8") });
  for (const level of ["errors", "warnings"]) {
    for (const [client, list] of issues[level]) {
      for (const { title, notes } of list) {
        const entry = (found[`${level}:${title}`] ??= { clients: [], notes, files: 0 });
        if (!entry.clients.includes(client)) entry.clients.push(client);
        entry.files += 1;
      }
    }
  }
}
console.log(JSON.stringify(found));
