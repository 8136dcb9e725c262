using SaeKernels.Files;

namespace SaeKernels.Data;

/// <summary>
/// The true features of synthetic vectors: read from the file that <see cref="SyntheticFile"/> wrote, or drawn anew by
/// its manifest.
/// </summary>
/// <remarks>Used by several threads at once.</remarks>
public sealed class TrueCodes : IDisposable
{
    [ThreadStatic]
    private static SyntheticRow? drawn;

    private readonly SyntheticSource? source;
    private readonly SafetensorsFile? file;
    private readonly long[] offsets = [];

    private TrueCodes(SyntheticSource source, long rows)
    {
        this.source = source;
        this.Rows = rows;
    }

    private TrueCodes(SafetensorsFile file, TensorInfo offsets)
    {
        this.file = file;
        this.offsets = new long[offsets.ElementCount];
        file.ReadInt64s(offsets, 0, this.offsets);
        this.Rows = this.offsets.Length - 1;
    }

    /// <summary>The vectors whose features are known.</summary>
    public long Rows { get; }

    /// <summary>Opens codes.</summary>
    /// <param name="path">A file or a manifest of <c>sae synth</c>.</param>
    /// <returns>The codes, or null where the file has none.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is faulty.</exception>
    public static TrueCodes? Open(string path)
    {
        if (SyntheticManifest.IsManifest(path))
        {
            (SyntheticSource source, long samples) = SyntheticManifest.Read(path);
            return source.Truth.Features > 0 ? new TrueCodes(source, samples) : null;
        }

        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            if (file.Tensors.TryGetValue("code_offsets", out TensorInfo? offsets)
                && file.Tensors.ContainsKey("code_features"))
            {
                TrueCodes codes = new(file, offsets);
                codes.RequireOffsets();
                return codes;
            }

            file.Dispose();
            return null;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads the features of one vector, ascending.</summary>
    /// <param name="row">The number of the vector, 0 to <see cref="Rows"/> − 1.</param>
    /// <param name="features">Receives them, behind what it holds.</param>
    public void Read(long row, List<int> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, this.Rows);
        if (this.source is not null)
        {
            SyntheticRow code = drawn ??= new SyntheticRow();
            _ = this.source.DrawCode(row, code);
            features.AddRange(code.Features);
            return;
        }

        long[] entries = new long[this.offsets[row + 1] - this.offsets[row]];
        this.file!.ReadInt64s(this.file.Tensors["code_features"], this.offsets[row], entries);
        foreach (long feature in entries)
        {
            features.Add((int)feature);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => this.file?.Dispose();

    private void RequireOffsets()
    {
        long entries = this.file!.Tensors["code_features"].ElementCount;
        bool ascends = this.offsets.Length > 0 && this.offsets[0] == 0 && this.offsets[^1] == entries;
        for (int i = 1; ascends && i < this.offsets.Length; i++)
        {
            ascends = this.offsets[i] >= this.offsets[i - 1];
        }

        if (!ascends)
        {
            throw new InvalidDataException(
                $"{this.file.Path}: 'code_offsets' must ascend from 0 to the {entries} entries of 'code_features', but "
                + "do not. Draw the data again with sae synth.");
        }
    }
}
