using System.Globalization;
using System.Text.Json;

namespace SaeKernels.Report;

/// <summary>Writes pictures of a report, from the numbers that its page and its JSON hold.</summary>
internal static class PictureWriter
{
    private const string SvgExtension = ".svg";

    public static IReadOnlyList<string> Write(
        FeatureReport report, string prefix, string extension, IReadOnlyList<int> features)
    {
        List<string> written = [];
        Save(RunPicture.Of(report.Index), "run");
        Func<long, byte[]>? pixels = PixelsOf(report);
        foreach (FeatureDetail detail in DetailsOf(report, features))
        {
            Drawing drawing = new FeaturePicture(report.Index, detail, pixels).Draw();
            Save(drawing, string.Create(CultureInfo.InvariantCulture, $"feature-{detail.Feature}"));
        }

        return written;

        void Save(Drawing drawing, string name)
        {
            string path = prefix + name + extension;
            Action<string, Drawing> write = extension == SvgExtension ? SvgFile.Write : PngFile.Write;
            write(path, drawing);
            written.Add(path);
        }
    }

    private static IEnumerable<FeatureDetail> DetailsOf(FeatureReport report, IReadOnlyList<int> features)
    {
        foreach (int feature in features)
        {
            int place = report.Index.Detailed.ToList().IndexOf(feature);
            if (place < 0)
            {
                throw new ArgumentException(
                    $"FeatureReport: a picture must be of a feature with panels, but #{feature} has none. "
                    + "Give it panels, or choose another one.");
            }

            string part = string.Create(CultureInfo.InvariantCulture, $"features-{place / report.Index.ShardSize}");
            FeatureDetail[] shard = ReportJson.Read<FeatureDetail[]>(report.Parts.Single(one => one.Name == part).Json);
            yield return shard[place % report.Index.ShardSize];
        }
    }

    private static Func<long, byte[]>? PixelsOf(FeatureReport report)
    {
        if (report.Parts.FirstOrDefault(part => part.Name == "images") is not { } part)
        {
            return null;
        }

        JsonElement pictures = ReportJson.Read<JsonElement>(part.Json);
        return row => pictures.GetProperty(row.ToString(CultureInfo.InvariantCulture)).GetBytesFromBase64();
    }
}
