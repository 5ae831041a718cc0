// A whole world on the loopback interface: a simulated Plaid, and ledgerd with the plugin in its plugins directory.
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, startProgram } from './processes.mjs';

export const people = {
  admin: { name: 'admin', title: 'Ada Admin', role: 'admin', password: 'demo-admin' },
  viewer: { name: 'viewer', title: 'Vic Viewer', role: 'viewer', password: 'demo-viewer' },
};

// scrypt is slow on purpose; several worlds of one run share what it made.
const hashes = new Map();

/** Where the build put the programs and the plugin's folder. */
export function builtIn(build) {
  return {
    simulator: join(build, 'examples/plaid-simulator/plaid-simulator'),
    ledgerd: join(build, 'examples/ledgerd/ledgerd'),
    plugin: join(build, 'plugins/bankfeed-plaid'),
  };
}

export class World {
  /** folder: private to this world. ports: {ledgerd, api, control}, 0 for free ones. settings: of the plugin. host: of ledgerd. staff: who may log in. */
  constructor({ build, folder, ports = { ledgerd: 0, api: 0, control: 0 }, settings = {}, host = {}, scenario, staff = people }) {
    this.built = builtIn(build);
    this.staff = staff;
    this.folder = folder;
    this.ports = ports;
    this.settings = settings;
    this.host = host;
    this.scenario = scenario;
    this.config = join(folder, 'ledgerd.properties');
  }

  async start() {
    await this.layOut();
    await this.startSimulator();
    await this.startLedgerd();
  }

  /** The folder as an operator would make it: plugins, secrets, data; nobody else can write into it. */
  async layOut() {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const plugins = join(this.folder, 'plugins');
    await rm(plugins, { recursive: true, force: true });
    await mkdir(plugins, { mode: 0o755 });
    await cp(this.built.plugin, join(plugins, 'bankfeed-plaid'), { recursive: true });
    await run('chmod', ['-R', 'u=rwX,go=rX', plugins]);
    const secrets = join(this.folder, 'plaid-secrets.properties');
    await writeFile(secrets, 'plaid.client_id = simulator-client\nplaid.secret = simulator-secret-0000\n', { mode: 0o600 });
    await chmod(secrets, 0o600);
    for (const person of Object.values(this.staff)) {
      if (!hashes.has(person.name)) {
        const hash = await run(this.built.ledgerd, ['hash-password'], { input: `${person.password}\n` });
        hashes.set(person.name, hash.trim());
      }
    }
  }

  async writeConfig() {
    const lines = [
      `listen = 127.0.0.1:${this.ports.ledgerd}`,
      'data_dir = data',
      'plugins_dir = plugins',
      'tenants = main',
      'tenant.main.title = Demo organisation',
      'tenant.main.currency = USD',
    ];
    for (const [key, value] of Object.entries(this.host)) lines.push(`${key} = ${value}`);
    for (const person of Object.values(this.staff)) {
      lines.push(`user.${person.name}.title = ${person.title}`, `user.${person.name}.role = ${person.role}`,
        `user.${person.name}.password = ${hashes.get(person.name)}`);
    }
    const settings = {
      environment: 'sandbox',
      base_url: this.api,
      allow_development_endpoint: 'on',
      client_name: 'ledgerd demo',
      ...this.settings,
    };
    lines.push('plugins.enabled = bankfeed-plaid', 'plugin.bankfeed-plaid.secrets_file = plaid-secrets.properties');
    for (const [key, value] of Object.entries(settings)) lines.push(`plugin.bankfeed-plaid.settings.${key} = ${value}`);
    await writeFile(this.config, `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  async startSimulator() {
    const args = ['--port', String(this.ports.api), '--control-port', String(this.ports.control)];
    if (this.scenario) args.push('--scenario', this.scenario);
    this.simulator = startProgram('plaid-simulator', this.built.simulator, args, join(this.folder, 'plaid-simulator.log'));
    this.api = (await this.simulator.line(/api (http:\/\/\S+)/))[1];
    this.control = (await this.simulator.line(/control (http:\/\/\S+)/))[1];
    this.bankPage = (await this.simulator.line(/bank page (http:\/\/\S+)/))[1];
  }

  /** Starts ledgerd; after the first start it keeps its port, because the bank knows its address. */
  async startLedgerd() {
    await this.writeConfig();
    this.ledgerd = startProgram('ledgerd', this.built.ledgerd, ['serve', '--config', this.config], join(this.folder, 'ledgerd.log'));
    this.url = (await this.ledgerd.line(/ready at (http:\/\/\S+)/))[1].replace(/\/$/, '');
    this.ports.ledgerd = Number(new URL(this.url).port);
  }
}
