"""The documents that several rules rest on, each with the date of the text that was read."""

from checker.rule import Source

APPROVED_BASE = Source(
    "Create a virtual machine using an approved base",
    "https://learn.microsoft.com/partner-center/marketplace-offers/azure-vm-use-approved-base",
    "2023-03-13",
)

GENERALIZE = Source(
    "Deprovision or generalize a VM before creating an image",
    "https://learn.microsoft.com/azure/virtual-machines/generalize",
    "2023-03-15",
)

IMAGE_VERSION = Source(
    "Create an image definition and an image version",
    "https://learn.microsoft.com/azure/virtual-machines/image-version",
    "2023-09-20",
)

SHARED_IMAGES = Source(
    "Store and share images in an Azure Compute Gallery",
    "https://learn.microsoft.com/azure/virtual-machines/shared-image-galleries",
    "2023",
)

TROUBLESHOOTING = Source(
    "Troubleshoot shared images in an Azure Compute Gallery",
    "https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images",
    "2023-02-28",
)
