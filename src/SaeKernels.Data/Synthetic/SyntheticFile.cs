using System.Text.Json;
using System.Text.Json.Nodes;
using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Writes the rows of a source, with their truth, to a file and a manifest beside it.</summary>
/// <remarks>
/// Tensors: <c>activations</c> [samples, DIn] F32; unless the source has no features, <c>dictionary</c>
/// [features, DIn] F32 (unit rows) and the true codes in compressed sparse rows: <c>code_offsets</c> [samples + 1] I64,
/// <c>code_features</c> I32 and <c>code_values</c> F32; and a tensor [samples] I64 for each of the source's columns.
/// The texts of tokens are a file of their own, a JSON list.
/// </remarks>
public static class SyntheticFile
{
    private const int RowsAtOnce = 1024;

    /// <summary>Returns where the manifest of a file is.</summary>
    /// <param name="path">The file.</param>
    public static string ManifestPath(string path) => Path.ChangeExtension(path, SyntheticManifest.Extension);

    /// <summary>Returns where the texts of a file's tokens are.</summary>
    /// <param name="path">The file or its manifest.</param>
    public static string VocabularyPath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string stem = SyntheticManifest.IsManifest(path) ? path[..^SyntheticManifest.Extension.Length]
            : Path.ChangeExtension(path, null);
        return stem + ".vocab.json";
    }

    /// <summary>Writes rows 0 to samples − 1.</summary>
    /// <param name="path">The file; one that exists is replaced, as are the manifest and the texts.</param>
    /// <param name="source">What is drawn.</param>
    /// <param name="samples">The number of rows, 1 to 2³¹ − 2.</param>
    /// <exception cref="ArgumentException"><paramref name="samples"/> is outside its range.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Write(string path, SyntheticSource source, long samples)
    {
        ArgumentNullException.ThrowIfNull(source);
        SourceCheck.Between(nameof(SyntheticFile), nameof(samples), samples, 1, int.MaxValue - 1);
        List<TensorContent> tensors = Vectors(source, samples);
        if (source.Truth.Features > 0)
        {
            AddCodes(tensors, source, samples);
        }

        Dictionary<string, string> metadata = Metadata(source);
        metadata["manifest"] = Path.GetFileName(ManifestPath(path));
        SafetensorsWriter.Write(path, tensors, metadata);
        WriteManifest(ManifestPath(path), source, samples);
    }

    /// <summary>Writes a manifest alone: what reads it draws the rows when it needs them.</summary>
    /// <param name="path">The manifest; one that exists is replaced.</param>
    /// <param name="source">What is drawn.</param>
    /// <param name="samples">The number of rows, 1 to 2⁴⁸.</param>
    /// <exception cref="ArgumentException"><paramref name="samples"/> is outside its range.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void WriteManifest(string path, SyntheticSource source, long samples)
    {
        ArgumentNullException.ThrowIfNull(source);
        SourceCheck.Between(nameof(SyntheticFile), nameof(samples), samples, 1, 1L << 48);
        AtomicFile.WriteText(path, Manifest(source, samples));
        if (source.Pieces.Count > 0)
        {
            AtomicFile.WriteText(VocabularyPath(path), JsonSerializer.Serialize(source.Pieces) + "\n");
        }
    }

    /// <summary>Opens a source as a file that is not there: its vectors and directions, without codes.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="source">What is drawn, whenever it is read.</param>
    /// <param name="samples">The number of rows, 1 to 2⁴⁸.</param>
    /// <exception cref="ArgumentException"><paramref name="samples"/> is outside its range.</exception>
    public static SafetensorsFile Open(string path, SyntheticSource source, long samples)
    {
        ArgumentNullException.ThrowIfNull(source);
        SourceCheck.Between(nameof(SyntheticFile), nameof(samples), samples, 1, 1L << 48);
        return SafetensorsFile.OfContent(path, Vectors(source, samples), Metadata(source));
    }

    private static Dictionary<string, string> Metadata(SyntheticSource source)
    {
        Dictionary<string, string> metadata = new() { ["generator"] = source.Generator };
        if (source.LabelNames.Count > 0)
        {
            metadata["label_names"] = string.Join(',', source.LabelNames);
        }

        return metadata;
    }

    private static List<TensorContent> Vectors(SyntheticSource source, long samples)
    {
        List<TensorContent> tensors =
        [
            TensorContent.Singles(
                "activations",
                [samples, source.DIn],
                (first, part) => FillActivations(source, first, part)),
        ];
        if (source.Truth.Features > 0)
        {
            tensors.Add(TensorContent.Singles(
                "dictionary",
                [source.Truth.Features, source.DIn],
                (first, part) => source.Truth.Rows.Slice((int)first, part.Length).CopyTo(part)));
        }

        tensors.AddRange(source.Columns.Select(column => TensorContent.Int64s(
            column.Name, [samples], (first, part) => FillColumn(column, first, part))));
        return tensors;
    }

    private static void AddCodes(List<TensorContent> tensors, SyntheticSource source, long samples)
    {
        long[] offsets = new long[samples + 1];
        Parallel.For(0, (int)((samples + RowsAtOnce - 1) / RowsAtOnce), block =>
        {
            SyntheticRow code = new();
            long end = Math.Min(samples, (block + 1L) * RowsAtOnce);
            for (long row = block * (long)RowsAtOnce; row < end; row++)
            {
                source.DrawCode(row, code);
                offsets[row + 1] = code.Count;
            }
        });
        for (long row = 0; row < samples; row++)
        {
            offsets[row + 1] += offsets[row];
        }

        long entries = offsets[samples];
        tensors.Add(TensorContent.Int64s(
            "code_offsets", [samples + 1], (first, part) => offsets.AsSpan((int)first, part.Length).CopyTo(part)));
        tensors.Add(TensorContent.Int32s(
            "code_features",
            [entries],
            (first, part) => FillEntries(source, offsets, first, part, code => code.Features)));
        tensors.Add(TensorContent.Singles(
            "code_values",
            [entries],
            (first, part) => FillEntries(source, offsets, first, part, code => code.Values)));
    }

    private delegate ReadOnlySpan<T> Part<T>(SyntheticRow code);

    private static void FillActivations(SyntheticSource source, long first, Span<float> part)
    {
        int dIn = source.DIn;
        if (first % dIn == 0 && part.Length % dIn == 0)
        {
            source.Draw(first / dIn, part);
            return;
        }

        // A piece may begin or end within a row: its rows are drawn whole.
        long firstRow = first / dIn;
        int count = (int)(((first + part.Length + dIn - 1) / dIn) - firstRow);
        float[] vectors = new float[(long)count * dIn];
        source.Draw(firstRow, vectors);
        vectors.AsSpan((int)(first - (firstRow * dIn)), part.Length).CopyTo(part);
    }

    private static void FillColumn(RowColumn column, long first, Span<long> part)
    {
        for (int i = 0; i < part.Length; i++)
        {
            part[i] = column.NumberOf(first + i);
        }
    }

    private static void FillEntries<T>(
        SyntheticSource source, long[] offsets, long first, Span<T> part, Part<T> read)
    {
        int place = Array.BinarySearch(offsets, first);
        // Of rows that begin at the same entry all but the last are empty.
        long row = place < 0 ? ~place - 1 : place;
        SyntheticRow code = new();
        long end = first + part.Length;
        for (; row < offsets.Length - 1 && offsets[row] < end; row++)
        {
            source.DrawCode(row, code);
            long from = Math.Max(first, offsets[row]);
            long to = Math.Min(end, offsets[row + 1]);
            if (to > from)
            {
                read(code)[(int)(from - offsets[row])..(int)(to - offsets[row])].CopyTo(part[(int)(from - first)..]);
            }
        }
    }

    private static string Manifest(SyntheticSource source, long samples)
    {
        JsonObject parameters = [];
        foreach ((string name, object value) in source.Parameters)
        {
            parameters[name] = JsonValue.Create(JsonSerializer.SerializeToElement(value));
        }

        JsonObject manifest = new()
        {
            ["format"] = 1,
            ["generator"] = source.Generator,
            ["generator_version"] = source.Version,
            ["parameters"] = parameters,
            ["seed"] = source.Seed,
            ["samples"] = samples,
            ["random"] = nameof(Philox) + " 4x32-10, keyed by seed, purpose and row",
            ["version"] = typeof(SyntheticFile).Assembly.GetName().Version?.ToString(3),
        };
        return manifest.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }
}
