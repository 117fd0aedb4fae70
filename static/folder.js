// What is in dropped folders, all the way down; loaded when there is one. Entries: https://wicg.github.io/entries-api/
const MOST = 1000; // entries

const call = (what, method) => new Promise((done) => what[method](done, () => done([])));

// Gives [relative name, file, why it is not wanted] of each file in the order of names; of what is hidden no file.
export async function inside(entries) {
  const found = [], queue = entries.filter(Boolean);
  for (const entry of queue) {
    const path = entry.fullPath.slice(1);
    if (found.length >= MOST) {
      found.push([path, null, `only ${MOST} are looked at`]);
      break;
    }
    if (entry.name[0] === ".") found.push([path, null, "hidden"]);
    else if (entry.isFile) found.push([path, await call(entry, "file")]);
    else {
      const reader = entry.createReader(); // tells 100 at a time
      for (let some; (some = await call(reader, "readEntries")).length;) {
        queue.push(...some);
        if (queue.length > MOST) break;
      }
    }
  }
  return found.sort(([one], [other]) => one < other ? -1 : 1);
}
