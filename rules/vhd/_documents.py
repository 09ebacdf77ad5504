"""The documents that the rules on VHDs and their URLs rest on, each with the date of the text that was read."""

from checker.rule import Source

_PARTNER_CENTER = "https://learn.microsoft.com/partner-center/marketplace-offers"

FAQ = Source("Troubleshoot VM certification", f"{_PARTNER_CENTER}/azure-vm-certification-faq", "2021-09-27")

VHD_FORMAT = Source(
    "Virtual Hard Disk Image Format Specification, version 1.0",
    "https://www.microsoft.com/download/details.aspx?id=23850",
    "2006-10-11",
)

LINUX_VHD = Source(
    "Prepare Linux for imaging in Azure",
    "https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic",
    "2022-05-06",
)

OWN_IMAGE = Source(
    "Create a virtual machine using your own image", f"{_PARTNER_CENTER}/azure-vm-use-own-image", "2021-11-10"
)

TECHNICAL = Source(
    "Technical configuration for a virtual machine offer",
    f"{_PARTNER_CENTER}/azure-vm-plan-technical-configuration",
    "2022-04-27",
)

PLAN = Source("Plan a virtual machine offer", f"{_PARTNER_CENTER}/marketplace-virtual-machines", "2021-11-17")

VHD_SIZE = Source(
    "Size the VHDs (the include vhd-size.md of the Marketplace articles)",
    "https://github.com/MicrosoftDocs/azure-docs/tree/main/articles/marketplace/includes",
    "2020-10-09",
)

SECURITY = Source(
    "Security recommendations for Azure Marketplace images",
    "https://learn.microsoft.com/azure/security/fundamentals/azure-marketplace-images",
    "2019-01-11",
)

GENERATION_2 = Source(
    "Support for Generation 2 VMs on Azure",
    "https://learn.microsoft.com/azure/virtual-machines/generation-2",
    "2024-03-04",
)

UEFI = Source(
    "UEFI Specification 2.10, chapter 5",
    "https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html",
    "2022-08",
)

SAS = Source("Generate a SAS URI for a VM image", f"{_PARTNER_CENTER}/azure-vm-get-sas-uri", "2021-06-23")

SAS_FAILURES = Source(
    "Virtual machine SAS failure messages", f"{_PARTNER_CENTER}/azure-vm-sas-failure-messages", "2021-06-23"
)
