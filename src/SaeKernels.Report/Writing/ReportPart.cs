using System.IO.Compression;

namespace SaeKernels.Report;

/// <summary>A piece of a report's JSON that the page reads when it is needed.</summary>
/// <param name="Name"><c>index</c>, <c>features-0</c>, <c>document-0</c>, …</param>
/// <param name="Json">The text in UTF-8.</param>
internal sealed record ReportPart(string Name, byte[] Json)
{
    /// <summary>The text as a raw deflate stream, which every browser since 2023 can read.</summary>
    public byte[] Compress()
    {
        using MemoryStream compressed = new();
        using (DeflateStream deflate = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(this.Json);
        }

        return compressed.ToArray();
    }
}
