// A worker: it has no port, and runs until it is told to stop.
const greeting = process.env.GREETING ?? "hello";
console.log(`${greeting}, here is @NAME@`);
const work = setInterval(() => {}, 60_000);
process.on("SIGTERM", () => clearInterval(work));
