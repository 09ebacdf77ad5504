"""The documents that the rules on Linux images rest on, each with the date of the text that was read."""

from checker.rule import Source

_PARTNER_CENTER = "https://learn.microsoft.com/partner-center/marketplace-offers"

FAQ = Source("Troubleshoot VM certification", f"{_PARTNER_CENTER}/azure-vm-certification-faq", "2021-09-27")

TEST = Source("Test a virtual machine image", f"{_PARTNER_CENTER}/azure-vm-image-test", "2022-04-11")

LISA = Source(
    "Microsoft's tests of Linux images, suite azure_image_standard (commit 66df42e)",
    "https://github.com/microsoft/lisa",
    "2026-08-06",
)

LISA_RELEASE = Source(
    "Microsoft's tests of Linux images, release 20260921.2 of mslisa",
    "https://github.com/microsoft/lisa",
    "2026-09-29",
)

BITWARDEN = Source(
    "What a publisher changed after rejections (bitwarden/self-host 497, 504, 514, 518)",
    "https://github.com/bitwarden/self-host/pull/518",
    "2026-06",
)

SCYLLA = Source(
    "What the self-test answered a publisher (scylladb/scylla-machine-image 426, 433)",
    "https://github.com/scylladb/scylla-machine-image/pull/426",
    "2023-01",
)

SECURITY = Source(
    "Security recommendations for Azure Marketplace images",
    "https://learn.microsoft.com/azure/security/fundamentals/azure-marketplace-images",
    "2019-01-11",
)

LINUX_VHD = Source(
    "Prepare Linux for imaging in Azure",
    "https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic",
    "2022-05-06",
)

IMAGE_CREATION = Source(
    "Guide to create a virtual machine image for the Azure Marketplace",
    "https://github.com/MicrosoftDocs/azure-docs/tree/main/articles/marketplace-publishing",
    "2015-10-09",
)

AGENT = Source(
    "The Azure Linux agent, what -deprovision does",
    "https://github.com/Azure/WALinuxAgent/blob/master/azurelinuxagent/pa/deprovision/default.py",
    "2018",
)

PROVISIONING = Source(
    "Azure Linux VM provisioning",
    "https://learn.microsoft.com/azure/virtual-machines/linux/provisioning",
    "2025-09-02",
)

UBUNTU_VHD = Source(
    "Prepare an Ubuntu virtual machine for Azure",
    "https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-ubuntu",
    "2026-09-09",
)

PROVISIONER = Source(
    "The Azure Linux agent, how it finds out who provisions (pull request 1633)",
    "https://github.com/Azure/WALinuxAgent/pull/1633",
    "2019-09-13",
)
