// Run cells of the matrix in one process: `node main.mjs openai:chat/plain …`; see ../../matrix/clients/main.py, which this mirrors.
const results = {};
for (const cell of process.argv.slice(2)) {
  const [address, mode] = cell.split("/");
  const [module, name] = address.split(":");
  try {
    const client = (await import(`./${module}.mjs`))[name];
    await (await fetch(`https://origin.example/cell/${cell}`)).text();
    results[cell] = await client[mode]();
  } catch (error) {
    results[cell] = { failed: `${error?.stack ?? error}\n${error?.cause ?? ""}` };
  }
}
console.log(JSON.stringify(results));
