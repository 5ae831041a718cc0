// Starts programs, waits until they say that they are ready, and ends those that it started.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

const started = new Set();

/** A program under way. `exited` resolves when it has ended. */
export class Program {
  constructor(name, child, logFile) {
    this.name = name;
    this.child = child;
    this.logFile = logFile;
    this.lines = [];
    this.waiting = [];
    this.ended = false;
    this.exited = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        this.ended = true;
        started.delete(this);
        for (const one of this.waiting.splice(0)) one.reject(this.failure(code, signal));
        resolve({ code, signal });
      });
    });
  }

  failure(code, signal) {
    const last = this.lines.slice(-5).join('\n  ');
    return new Error(`${this.name} ended (${signal ?? `exit code ${code}`}) before it was ready:\n  ${last}`);
  }

  /** Resolves with the match of the first line that fits, past or future. */
  line(pattern, milliseconds = 30_000) {
    for (const text of this.lines) {
      const match = pattern.exec(text);
      if (match) return Promise.resolve(match);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.name} did not say ${pattern} within ${milliseconds} ms; see ${this.logFile}`)),
        milliseconds,
      );
      this.waiting.push({
        pattern,
        resolve: (match) => { clearTimeout(timer); resolve(match); },
        reject: (error) => { clearTimeout(timer); reject(error); },
      });
    });
  }

  take(text) {
    this.lines.push(text);
    if (this.lines.length > 2000) this.lines.shift();
    for (const one of [...this.waiting]) {
      const match = one.pattern.exec(text);
      if (!match) continue;
      this.waiting.splice(this.waiting.indexOf(one), 1);
      one.resolve(match);
    }
  }

  /** Ends it and waits; SIGKILL after `patience` milliseconds. */
  async stop(signal = 'SIGTERM', patience = 15_000) {
    if (this.ended) return this.exited;
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patience);
    const result = await this.exited;
    clearTimeout(timer);
    return result;
  }
}

/** Starts a program; its output goes to `logFile`. It ends with us, even when we are killed and cannot end it. */
export function startProgram(name, command, args, logFile, options = {}) {
  const child = spawn('setpriv', ['--pdeathsig=TERM', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const program = new Program(name, child, logFile);
  started.add(program);
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (data) => {
      log.write(data);
      const lines = (rest + data).split('\n');
      rest = lines.pop();
      for (const text of lines) program.take(text);
    });
  }
  child.on('error', (error) => program.take(`${command}: ${error.message}`));
  return program;
}

/** Ends everything that was started and still runs. */
export async function stopAll() {
  await Promise.all([...started].map((program) => program.stop()));
}

/** Runs a program to its end; resolves with its output, rejects with it when it fails. */
export function run(command, args, { input, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (data) => { out += data; });
    child.stderr.setEncoding('utf8').on('data', (data) => { err += data; });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}: ${err || out}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}
