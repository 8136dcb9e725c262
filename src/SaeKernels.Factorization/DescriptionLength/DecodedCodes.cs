using SaeKernels.Files;

namespace SaeKernels.Factorization;

/// <summary>Turns files of codes into files that other programs read, in memory that does not grow with them.</summary>
public static class DecodedCodes
{
    /// <summary>Reads a file of codes to its end.</summary>
    /// <param name="codes">The file of codes.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not one of codes, or is damaged.</exception>
    public static void Check(string codes)
    {
        using CodeFileReader reader = CodeFileReader.Open(codes);
        new CodeFeed(reader).ReadToEnd();
    }

    /// <summary>
    /// Writes codes as compressed sparse rows: <c>code_offsets</c> [vectors + 1], <c>code_latents</c> [entries],
    /// ascending within a row, and <c>code_values</c> [entries], the middles of their bins.
    /// </summary>
    /// <param name="codes">The file of codes.</param>
    /// <param name="path">The .safetensors file; one that exists is replaced.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not one of codes, or is damaged.</exception>
    /// <exception cref="IOException">The disk is full or faulty.</exception>
    public static void WriteCodes(string codes, string path)
    {
        using CodeFileReader first = CodeFileReader.Open(codes);
        // A tensor is written whole before the next one, so each has a reader of its own.
        using CodeFileReader second = CodeFileReader.Open(codes);
        using CodeFileReader third = CodeFileReader.Open(codes);
        CodeTable table = first.Table;
        long entries = table.Entries;
        long offset = 0;
        SafetensorsWriter.Write(
            path,
            [
                TensorContent.Int64s(
                    "code_offsets",
                    [table.Vectors + 1],
                    Pieces<long>(
                        new CodeFeed(first),
                        table.Vectors + 1,
                        [0],
                        feed => [offset += feed.Latents.Count])),
                TensorContent.Int32s(
                    "code_latents", [entries], Pieces(new CodeFeed(second), entries, [], feed => feed.Latents)),
                TensorContent.Singles(
                    "code_values", [entries], Pieces(new CodeFeed(third), entries, [], feed => feed.Values)),
            ],
            new Dictionary<string, string> { ["latents"] = $"{table.Latents}", ["model"] = first.Model });
    }

    /// <summary>Writes what a model makes of codes: x̂ [vectors, DOut].</summary>
    /// <param name="codes">The file of codes.</param>
    /// <param name="sae">The model that found them.</param>
    /// <param name="path">The .npy file; one that exists is replaced.</param>
    /// <exception cref="ArgumentException">The model has a path that skips latents, or layer normalisation.</exception>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not one of codes, is damaged, or has codes of another model.
    /// </exception>
    /// <exception cref="IOException">The disk is full or faulty.</exception>
    public static void WriteReconstructions(string codes, Sae sae, string path)
    {
        ArgumentNullException.ThrowIfNull(sae);
        using CodeFileReader reader = CodeFileReader.Open(codes);
        reader.RequireModel(sae);
        if (sae.Parameters.WSkip is not null)
        {
            throw new ArgumentException(
                $"{codes}: codes alone must make a reconstruction, but {sae.Config.Architecture} also adds what its "
                + "input takes past them. Write the codes instead.");
        }

        if (sae.Config.HasLayerNorm)
        {
            throw new ArgumentException(
                $"{codes}: codes alone must make a reconstruction, but that of a model with layer normalisation also "
                + "has the mean and the deviation of each vector, which codes do not hold. Write the codes instead.");
        }

        using CodeReconstruction reconstruction = new(sae, new CodeFeed(reader));
        NpyFile.Write(path, TensorContent.Singles(
            "reconstruction", [reader.Table.Vectors, sae.Config.DOut], (_, piece) => reconstruction.Fill(piece)));
    }

    /// <summary>Fills pieces of a tensor with what each vector adds to it.</summary>
    private static Action<long, Span<T>> Pieces<T>(
        CodeFeed feed, long length, IReadOnlyList<T> beginning, Func<CodeFeed, IReadOnlyList<T>> partOf)
    {
        IReadOnlyList<T> part = beginning;
        int taken = 0;
        return (first, piece) =>
        {
            for (int i = 0; i < piece.Length; i++)
            {
                while (taken == part.Count)
                {
                    feed.RequireNext();
                    part = partOf(feed);
                    taken = 0;
                }

                piece[i] = part[taken++];
            }

            if (first + piece.Length == length)
            {
                feed.ReadToEnd();
            }
        };
    }
}
