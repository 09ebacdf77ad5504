// Azure's own client for JavaScript, pointed at a sandbox: node client.mjs URL TENANT SUBSCRIPTION
import assert from "node:assert/strict";
import { ComputeManagementClient } from "@azure/arm-compute";
import { ClientSecretCredential } from "@azure/identity";

const [url, tenant, subscription] = process.argv.slice(2);
const credential = new ClientSecretCredential(tenant, "imagecheck", process.env.IMAGECHECK_SANDBOX_TOKEN, {
  authorityHost: url,
  disableInstanceDiscovery: true,
});
const client = new ComputeManagementClient(credential, subscription, {
  endpoint: url,
  credentials: { scopes: [`${url}/.default`] },
});

async function names(pages) {
  const found = [];
  for await (const item of pages) found.push(item.name);
  return found.sort();
}

async function codes(vm) {
  const view = await client.virtualMachines.instanceView("images", vm);
  return view.statuses.map((status) => status.code);
}

assert.deepEqual(await names(client.virtualMachines.listAll()), ["builder", "tester"]);
assert.deepEqual(await names(client.galleries.list()), ["marketplace", "workbench"]);
assert.ok((await codes("tester")).includes("PowerState/running"));
await client.virtualMachines.deallocate("images", "tester", { updateIntervalInMs: 50 });
assert.ok((await codes("tester")).includes("PowerState/deallocated"));
await assert.rejects(client.galleries.get("images", "nowhere"), { statusCode: 404, code: "ResourceNotFound" });
console.log("2 virtual machines, 2 galleries; tester was running and is deallocated");
