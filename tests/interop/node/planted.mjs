// The values and texts of the suite come from Python in one variable, so that they are written down once.
export const planted = JSON.parse(process.env.DLP_PLANTED);

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
  return value;
}

export function report(results) {
  console.log(JSON.stringify(sorted(JSON.parse(JSON.stringify(results))), null, 1));
}
