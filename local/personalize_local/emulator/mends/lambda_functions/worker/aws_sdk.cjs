// The clients of the AWS SDK for JavaScript, which AWS has beside each Node.js function.
//
// They are made of botocore's models of the services, and the server makes the calls for them, with
// the function's own credentials: no package of npm is needed. What a function brings itself goes
// first, as on AWS.
"use strict";

const fs = require("fs");
const http = require("http");
const https = require("https");
const os = require("os");
const path = require("path");
const zlib = require("zlib");
const { registerHooks } = require("module");
const { pathToFileURL } = require("url");

const CLIENT = /^@aws-sdk\/(client-[a-z0-9-]+|credential-providers)$/;
const OURS = /^(@aws-sdk\/|@smithy\/|aws-sdk$)/;
const NOT_FOUND = ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"];
// MiniStack's script changes them later on.
const requests = { "http:": http.request, "https:": https.request };

let settings;

// `given.data` is botocore's folder of models, `given.names` its names of services by those of
// packages, `given.path` where the server takes calls.
function start(given) {
  settings = given;
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!NOT_FOUND.includes(error.code) || !OURS.test(specifier)) throw error;
        const found = CLIENT.exec(specifier);
        const file = found && fileOf(found[1]);
        // `require` wants paths, `import` URLs.
        const place = error.code === NOT_FOUND[0] ? file : file && pathToFileURL(file).href;
        if (place) return next(place, context);
        error.message += `\nThis runtime has the clients of the AWS SDK only: run `
          + `'npm install ${specifier}' in the function's folder, which brings it in.`;
        throw error;
      }
    },
  });
}

// A file with the names of a package's exports, which `import` wants to see written down.
function fileOf(name) {
  const sdk = load(name);
  if (sdk === undefined) return undefined;
  const file = path.join(os.tmpdir(), "aws-sdk", `${name}.cjs`);
  if (!fs.existsSync(file)) {
    const exported = Object.keys(sdk).map((one) => `exports.${one} = sdk.${one};\n`).join("");
    const source = `const sdk = require(${JSON.stringify(__filename)}).load("${name}");\n`;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    // Other functions' processes may make the same.
    const made = `${file}.${process.pid}`;
    fs.writeFileSync(made, `"use strict";\n${source}${exported}`);
    fs.renameSync(made, file);
  }
  return file;
}

const loaded = new Map();

function load(name) {
  if (!loaded.has(name)) {
    const known = name === "credential-providers" ? providers : packageOf(name.slice("client-".length));
    loaded.set(name, known);
  }
  return loaded.get(name);
}

function packageOf(name) {
  const service = settings.names[name] ?? name;
  const model = modelOf(service, "service-2");
  if (model === undefined) return undefined;
  const title = model.metadata.serviceId.split(/[^A-Za-z0-9]+/)
    .map((word) => word[0].toUpperCase() + word.slice(1)).join("");
  const errors = errorsOf(title, model);
  const Client = clientOf(service, errors);
  const all = { [`${title}Client`]: Client };
  const Everything = (all[title] = class extends Client {});
  for (const operation of Object.keys(model.operations)) {
    const Command = class {
      constructor(input) { this.input = input ?? {}; }
    };
    Command.operation = operation;
    all[`${operation}Command`] = Command;
    Everything.prototype[operation[0].toLowerCase() + operation.slice(1)] = function (input, ...more) {
      return this.send(new Command(input), ...more);
    };
  }
  for (const waiter of Object.keys(modelOf(service, "waiters-2")?.waiters ?? {})) {
    all[`waitUntil${waiter}`] = ({ client, maxWaitTime }, input) =>
      client.call({ waiter, seconds: maxWaitTime, input }).then(() => ({ state: "SUCCESS" }));
  }
  return { ...all, ...enumsOf(model), ...errors };
}

function modelOf(service, kind) {
  const folder = path.join(settings.data, service);
  if (!fs.existsSync(folder)) return undefined;
  const file = path.join(folder, fs.readdirSync(folder).sort().at(-1), `${kind}.json`);
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file));
  return fs.existsSync(`${file}.gz`) ? JSON.parse(zlib.gunzipSync(fs.readFileSync(`${file}.gz`))) : undefined;
}

function errorsOf(title, model) {
  const Base = class extends Error {};
  const errors = { [`${title}ServiceException`]: Base };
  for (const [name, shape] of Object.entries(model.shapes)) {
    if (shape.exception) errors[name] = class extends Base {};
  }
  return errors;
}

function enumsOf(model) {
  const enums = {};
  for (const [name, shape] of Object.entries(model.shapes)) {
    if (shape.enum && /^[A-Z]\w*$/.test(name)) {
      enums[name] = Object.fromEntries(shape.enum.map((one) => [one.replace(/\W/g, "_"), one]));
    }
  }
  return enums;
}

function clientOf(service, errors) {
  return class {
    constructor(config = {}) {
      this.config = { ...config, region: async () => value(config.region ?? process.env.AWS_REGION) };
    }

    async send(command, options, callback) {
      const { operation } = command.constructor;
      const sent = this.call({ operation, input: command.input });
      const done = typeof options === "function" ? options : callback;
      if (done === undefined) return sent;
      sent.then((output) => done(null, output), (error) => done(error));
      return undefined;
    }

    async call(request) {
      const credentials = (await value(this.config.credentials)) ?? own();
      const answer = await post({
        ...request,
        service,
        region: await this.config.region(),
        credentials,
        trace: process.env._X_AMZN_TRACE_ID,
        input: await encoded(request.input ?? {}),
      });
      const $metadata = { httpStatusCode: answer.status, requestId: answer.requestId, attempts: 1 };
      if (answer.error) {
        const { name, message, fault, ...more } = answer.error;
        const error = new (errors[name] ?? Object.values(errors)[0])(message);
        throw Object.assign(error, more, { name, $fault: fault, $metadata });
      }
      return { $metadata, ...decoded(answer.output) };
    }

    destroy() {}
  };
}

async function value(given) {
  return typeof given === "function" ? given() : given;
}

function own() {
  return {
    accessKeyId: process.env.AWS_ACCESS_KEY_ID,
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
    sessionToken: process.env.AWS_SESSION_TOKEN,
  };
}

const providers = {
  fromEnv: () => async () => own(),
  fromNodeProviderChain: () => async () => own(),
  fromTemporaryCredentials: ({ params, masterCredentials, clientConfig = {} }) => async () => {
    const { STS } = load("client-sts");
    const credentials = masterCredentials ?? clientConfig.credentials;
    const sts = new STS({ ...clientConfig, credentials });
    const { Credentials } = await sts.assumeRole({ RoleSessionName: `aws-sdk-js-${Date.now()}`, ...params });
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      sessionToken: Credentials.SessionToken,
      expiration: Credentials.Expiration,
    };
  },
};

function post(content) {
  const url = new URL(settings.path, process.env.AWS_ENDPOINT_URL);
  const body = JSON.stringify(content);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = requests[url.protocol](url, { method: "POST", headers }, async (response) => {
      try {
        const parts = [];
        for await (const part of response) parts.push(part);
        resolve(JSON.parse(Buffer.concat(parts)));
      } catch (error) {
        reject(error);
      }
    });
    request.on("error", reject);
    request.end(body);
  });
}

// JSON has no bytes, no dates and no streams: each is an object with one name.
async function encoded(given) {
  if (given instanceof Date) return { $date: given.getTime() };
  if (given instanceof Uint8Array) return { $bytes: Buffer.from(given).toString("base64") };
  if (Array.isArray(given)) return Promise.all(given.map(encoded));
  if (given === null || typeof given !== "object") return typeof given === "bigint" ? Number(given) : given;
  if (typeof given.pipe === "function") return { $bytes: (await read(given)).toString("base64") };
  const fields = Object.entries(given).filter(([, one]) => one !== undefined);
  return Object.fromEntries(await Promise.all(fields.map(async ([name, one]) => [name, await encoded(one)])));
}

function decoded(given) {
  if (Array.isArray(given)) return given.map(decoded);
  if (given === null || typeof given !== "object") return given;
  if ("$date" in given) return new Date(given.$date);
  if ("$bytes" in given) return bytesOf(Buffer.from(given.$bytes, "base64"));
  if ("$stream" in given) return streamOf(Buffer.from(given.$stream, "base64"));
  return Object.fromEntries(Object.entries(given).map(([name, one]) => [name, decoded(one)]));
}

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

function bytesOf(content) {
  const transformToString = (encoding = "utf8") => content.toString(encoding);
  return Object.defineProperty(new Uint8Array(content), "transformToString", { value: transformToString });
}

function streamOf(content) {
  return Object.assign(require("stream").Readable.from([content], { objectMode: false }), {
    transformToByteArray: async () => new Uint8Array(content),
    transformToString: async (encoding = "utf8") => content.toString(encoding),
  });
}

module.exports = { load, start };
