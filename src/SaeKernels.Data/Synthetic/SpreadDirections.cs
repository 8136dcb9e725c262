using SaeKernels.Files;

namespace SaeKernels.Data;

/// <summary>Random unit directions that were pushed apart, so that many of them interfere little.</summary>
/// <remarks>
/// Steps of Adam (rate 3e-4) on Σ_{i≠j} ⟨v_i, v_j⟩² + n · Σ_i (‖v_i‖² − 1)², then unit length; all in float32, in an
/// order that does not depend on the number of threads. Large ones are kept on disk: in the folder that the environment
/// variable SAE_CACHE names, or else in the user's folder for local data. Source: SynthSAEBench, arXiv:2602.14687.
/// </remarks>
internal static class SpreadDirections
{
    private const string Tensor = "dictionary";
    private const double Rate = 3e-4;
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    // Below so many multiply-adds it is quicker to compute than to explain a file.
    private const double LeastWorkToKeep = 1e11;

    /// <summary>Draws directions and pushes them apart, or reads what an earlier call kept.</summary>
    public static TrueDirections Create(ulong seed, int features, int dIn, int steps)
    {
        string? path = (double)features * dIn * dIn * steps < LeastWorkToKeep
            ? null
            : PathOf($"directions-1-{seed}-{features}x{dIn}-{steps}.safetensors");
        return Create(seed, features, dIn, steps, path);
    }

    /// <summary>The same, kept in a file of a given name; null for none.</summary>
    public static TrueDirections Create(ulong seed, int features, int dIn, int steps, string? path)
    {
        float[]? kept = path is null ? null : Read(path, features, dIn);
        if (kept is not null)
        {
            return TrueDirections.Of(kept, features, dIn);
        }

        float[] rows = TrueDirections.Sphere(seed, features, dIn).Rows.ToArray();
        Spread(rows, features, dIn, steps);
        if (path is not null)
        {
            Keep(path, rows, features, dIn);
        }

        return TrueDirections.Of(rows, features, dIn);
    }

    private static string? PathOf(string name)
    {
        string? folder = Environment.GetEnvironmentVariable("SAE_CACHE");
        if (string.IsNullOrEmpty(folder))
        {
            folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            folder = folder.Length == 0 ? null : Path.Combine(folder, "saekernels");
        }

        return folder is null ? null : Path.Combine(folder, name);
    }

    private static float[]? Read(string path, int features, int dIn)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!file.Tensors.TryGetValue(Tensor, out TensorInfo? tensor)
            || !tensor.Shape.SequenceEqual([features, dIn]))
        {
            throw new InvalidDataException(
                $"{path}: must hold '{Tensor}' [{features}, {dIn}], but does not. Remove it; it is made again.");
        }

        float[] rows = new float[(long)features * dIn];
        file.ReadSingles(tensor, 0, rows);
        return rows;
    }

    // What cannot be kept is computed again next time: a folder without room or rights is no reason to stop.
    private static void Keep(string path, float[] rows, int features, int dIn)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            SafetensorsWriter.Write(
                path,
                [
                    TensorContent.Singles(
                        Tensor,
                        [features, dIn],
                        (first, part) => rows.AsSpan((int)first, part.Length).CopyTo(part)),
                ]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return;
        }
    }

    private static void Spread(float[] rows, int features, int dIn, int steps)
    {
        float[] gram = new float[(long)dIn * dIn];
        float[] products = new float[rows.Length];
        float[] first = new float[rows.Length];
        float[] second = new float[rows.Length];
        for (int step = 1; step <= steps; step++)
        {
            DenseProduct.Gram(rows, features, dIn, gram);
            DenseProduct.Multiply(rows, features, dIn, gram, products);
            double rate = Rate * Math.Sqrt(1 - Math.Pow(Beta2, step)) / (1 - Math.Pow(Beta1, step));
            double epsilon = Epsilon * Math.Sqrt(1 - Math.Pow(Beta2, step));
            Parallel.For(0, features, row =>
            {
                Range range = (row * dIn)..((row + 1) * dIn);
                Move(
                    rows.AsSpan(range), products.AsSpan(range), first.AsSpan(range), second.AsSpan(range), features,
                    rate, epsilon);
            });
        }

        Parallel.For(0, features, row => Normalize(rows.AsSpan(row * dIn, dIn)));
    }

    /// <summary>One step of Adam; the gradient is 4 (V G − ‖v‖² v) + 4 n (‖v‖² − 1) v with G = Vᵀ V.</summary>
    private static void Move(
        Span<float> row,
        ReadOnlySpan<float> product,
        Span<float> first,
        Span<float> second,
        int features,
        double rate,
        double epsilon)
    {
        double squares = SquaresOf(row);
        double own = (features * (squares - 1)) - squares;
        for (int d = 0; d < row.Length; d++)
        {
            double gradient = 4 * (product[d] + (own * row[d]));
            double mean = (Beta1 * first[d]) + ((1 - Beta1) * gradient);
            double square = (Beta2 * second[d]) + ((1 - Beta2) * gradient * gradient);
            first[d] = (float)mean;
            second[d] = (float)square;
            row[d] = (float)(row[d] - (rate * mean / (Math.Sqrt(square) + epsilon)));
        }
    }

    private static void Normalize(Span<float> row)
    {
        double length = Math.Sqrt(SquaresOf(row));
        for (int d = 0; d < row.Length; d++)
        {
            row[d] = (float)(row[d] / length);
        }
    }

    private static double SquaresOf(ReadOnlySpan<float> row)
    {
        double squares = 0;
        foreach (float element in row)
        {
            squares += (double)element * element;
        }

        return squares;
    }
}
