// What fails in the process of a Node.js function, in the words of AWS's runtime for Node.js.
"use strict";

const fs = require("fs");

const TASK_ROOT = "/var/task";
const ERROR = "_aws_error";
const STDOUT = 1;
// MiniStack's script changes it later on: the function's output is no answer.
const write = fs.writeSync.bind(fs);

// "starting", "idle" or "running".
let state = "starting";
let codeFolder = "";

function fault(name, text) {
  const error = new Error(text);
  error.name = `Runtime.${name}`;
  error.stack = `${error.name}: ${text}\n${error.stack.split("\n").slice(1).join("\n")}`;
  return error;
}

function prepare(folder) {
  codeFolder = folder;
  process.on("uncaughtException", (error) => end(error, 129));
  process.on("unhandledRejection", (reason) => {
    end(fault("UnhandledPromiseRejection", String(reason)), 128);
  });
  // Modes do not hold for the root of a machine.
  if (process.geteuid() === 0) for (const name of ["readFileSync", "openSync"]) keepClosed(name);
}

function keepClosed(name) {
  const open = fs[name].bind(fs);
  fs[name] = (file, ...more) => {
    const inside = typeof file === "string" && file.startsWith(`${codeFolder}/`);
    if (inside && fs.existsSync(file) && !(fs.statSync(file).mode & 0o400)) {
      const error = new Error(`EACCES: permission denied, open '${file}'`);
      throw Object.assign(error, { errno: -13, code: "EACCES", syscall: "open", path: file });
    }
    return open(file, ...more);
  };
}

function handlerOf(module, modulePath, name) {
  const handler = name.split(".").reduce((found, key) => found && found[key], module);
  const full = `${modulePath}.${name}`;
  if (!handler) throw fault("HandlerNotFound", `${full} is undefined or not exported`);
  if (typeof handler !== "function") throw fault("HandlerNotFound", `${full} is not a function`);
  state = "idle";
  return handler;
}

function startError(error, modulePath) {
  let named = error;
  if (error instanceof SyntaxError) named = fault("UserCodeSyntaxError", String(error));
  else if (error.code === "MODULE_NOT_FOUND") {
    const own = `'${codeFolder}/${modulePath}'`;
    named = fault("ImportModuleError", String(error).replace(own, `'${modulePath}'`));
  }
  return JSON.stringify(payloadOf(named));
}

function begin() {
  state = "running";
}

function answered(result) {
  state = "idle";
  return JSON.stringify({ status: "ok", result });
}

// As a result: MiniStack ends a process that reports an error, and AWS goes on with it.
function failed(error) {
  return answered({ [ERROR]: payloadOf(error) });
}

function end(error, code) {
  const before = state;
  console.error(error);
  // As an error: MiniStack then waits for the end of the process, and starts another one.
  const report = (text) => {
    write(STDOUT, `${JSON.stringify({ status: "error", error: text, trace: "" })}\n`);
  };
  if (before === "running") report(JSON.stringify({ [ERROR]: payloadOf(error) }));
  if (before === "starting") report(startError(error, ""));
  process.exit(code);
}

function payloadOf(error) {
  const hide = (text) => text.replaceAll(codeFolder, TASK_ROOT)
    .replace(/\/[^\s':]*\/_worker\.js/g, "/var/runtime/index.mjs");
  if (error instanceof Error || (error?.name && error?.message && error?.stack)) {
    const trace = hide(String(error.stack)).split("\n");
    return { errorType: error.name, errorMessage: hide(String(error.message)), trace };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

module.exports = { answered, begin, failed, handlerOf, prepare, startError };
