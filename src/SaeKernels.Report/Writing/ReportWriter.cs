using System.Text;
using SaeKernels.Files;

namespace SaeKernels.Report;

/// <summary>Writes a report as one page, as a folder, or as JSON.</summary>
internal static class ReportWriter
{
    public const string PageFile = "index.html";
    public const string PartFolder = "parts";
    public const string PartExtension = ".json.deflate";

    public static void WritePage(FeatureReport report, string path)
    {
        (string Name, string Text)[] parts = [.. AllParts(report).AsParallel().AsOrdered()
            .Select(part => (part.Name, Convert.ToBase64String(part.Compress())))];
        StringBuilder elements = new();
        foreach ((string name, string text) in parts)
        {
            elements.Append("<script type=\"application/octet-stream\" id=\"part-").Append(name).Append("\">")
                .Append(text).Append("</script>\n");
        }

        AtomicFile.WriteText(path, PageTemplate.Fill(report.Index.Title, elements.ToString(), connect: "'none'"));
    }

    public static void WriteFolder(FeatureReport report, string folder)
    {
        string partFolder = Path.Combine(folder, PartFolder);
        _ = Directory.CreateDirectory(partFolder);
        foreach ((string name, byte[] bytes) in AllParts(report).AsParallel().AsOrdered()
            .Select(part => (part.Name, part.Compress())))
        {
            AtomicFile.Write(
                Path.Combine(partFolder, name + PartExtension), stream => stream.Write(bytes), bytes.Length);
        }

        AtomicFile.WriteText(
            Path.Combine(folder, PageFile), PageTemplate.Fill(report.Index.Title, string.Empty, connect: "'self'"));
    }

    public static void WriteJson(FeatureReport report, string path) => AtomicFile.Write(path, stream =>
    {
        stream.Write("{\"index\":"u8);
        stream.Write(ReportJson.Write(report.Index));
        stream.Write(",\n\"features\":["u8);
        WriteArrays(stream, report, "features-");
        stream.Write("],\n\"documents\":["u8);
        WriteItems(stream, report, "document-");
        stream.Write("]}\n"u8);
    });

    private static IEnumerable<ReportPart> AllParts(FeatureReport report) =>
        report.Parts.Prepend(new ReportPart("index", ReportJson.Write(report.Index)));

    // Each part of features is an array of its own: what is between the brackets goes into one.
    private static void WriteArrays(Stream stream, FeatureReport report, string prefix) =>
        WriteJoined(stream, report, prefix, json => json.AsMemory(1, json.Length - 2));

    private static void WriteItems(Stream stream, FeatureReport report, string prefix) =>
        WriteJoined(stream, report, prefix, json => json);

    private static void WriteJoined(
        Stream stream, FeatureReport report, string prefix, Func<byte[], ReadOnlyMemory<byte>> contentOf)
    {
        bool isFirst = true;
        foreach (ReportPart part in report.Parts.Where(part => part.Name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            stream.Write(isFirst ? "\n"u8 : ",\n"u8);
            stream.Write(contentOf(part.Json).Span);
            isFirst = false;
        }
    }
}
