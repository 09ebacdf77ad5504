"""The live source: Azure Resource Manager and Microsoft Graph. The only place that imports the client libraries."""
