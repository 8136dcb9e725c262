using System.Security.Cryptography;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Numerics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>A folder with sparse synthetic activations that is removed at the end of a test.</summary>
internal sealed class TrainingData : IDisposable
{
    private Lazy<(string File, float[] Directions)>? other;

    public TrainingData(int rows, int dIn, ulong seed = 11, float scale = 1)
        : this(Draw(rows, dIn, seed, scale), dIn)
    {
    }

    public TrainingData(float[] activations, int dIn)
    {
        this.Folder = Directory.CreateTempSubdirectory("sae-training-").FullName;
        this.File = Path.Combine(this.Folder, "activations.safetensors");
        int rows = activations.Length / dIn;
        SafetensorsWriter.Write(this.File, [TensorContent.Singles(
            "activations", [rows, dIn], (first, piece) => activations.AsSpan((int)first, piece.Length).CopyTo(piece))]);
    }

    public TrainingData(SyntheticSource source, int rows)
    {
        this.Folder = Directory.CreateTempSubdirectory("sae-training-").FullName;
        this.File = Path.Combine(this.Folder, "activations.safetensors");
        SyntheticFile.Write(this.File, source, rows);
    }

    public const int OtherWidth = 20;

    public string Folder { get; }

    public string File { get; }

    public static string HashOfWeights(string run) =>
        Convert.ToHexString(SHA256.HashData(System.IO.File.ReadAllBytes(new RunFolder(run).ModelWeightsFile)));

    public string Run(string name) => Path.Combine(this.Folder, name);

    public ActivationStore Open() => ActivationStore.Open([this.File], new ActivationStoreOptions());

    /// <summary>Opens what an architecture is trained on: with a second site where it needs one.</summary>
    public ActivationStore OpenFor(string architecture)
    {
        if (SaeArchitectures.Get(architecture) is { HasTarget: false, HasSites: false })
        {
            return Open();
        }

        return ActivationStore.Join([Open(), ActivationStore.Open([this.Other.Value.File])]);
    }

    /// <summary>
    /// A second site that the same codes give other directions, [features, <see cref="OtherWidth"/>], or a function of
    /// the first site where it has no codes.
    /// </summary>
    public Lazy<(string File, float[] Directions)> Other => this.other ??= new(WriteOther);

    public void Dispose() => Directory.Delete(this.Folder, recursive: true);

    private (string File, float[] Directions) WriteOther()
    {
        using SafetensorsFile file = SafetensorsFile.Open(this.File);
        int rows = (int)file.Tensors["activations"].Shape[0];
        RandomSequence random = new(77, RandomPurpose.Synthesis);
        bool hasCodes = file.Tensors.ContainsKey("code_offsets");
        int features = (int)file.Tensors[hasCodes ? "dictionary" : "activations"].Shape[hasCodes ? 0 : 1];
        float[] directions = new float[features * OtherWidth];
        for (int i = 0; i < directions.Length; i++)
        {
            directions[i] = (float)random.NextNormal();
        }

        float[] vectors = new float[rows * OtherWidth];
        foreach ((int row, int feature, float value) in hasCodes ? Codes(file, rows) : Positive(file, rows, features))
        {
            for (int d = 0; d < OtherWidth; d++)
            {
                vectors[(row * OtherWidth) + d] += value * directions[(feature * OtherWidth) + d];
            }
        }

        string path = Path.Combine(this.Folder, "other.safetensors");
        SafetensorsWriter.Write(path, [TensorContent.Singles(
            "activations",
            [rows, OtherWidth],
            (first, piece) => vectors.AsSpan((int)first, piece.Length).CopyTo(piece))]);
        return (path, directions);
    }

    private static List<(int Row, int Feature, float Value)> Codes(SafetensorsFile file, int rows)
    {
        long[] offsets = new long[rows + 1];
        file.ReadInt64s(file.Tensors["code_offsets"], 0, offsets);
        long[] features = new long[offsets[^1]];
        file.ReadInt64s(file.Tensors["code_features"], 0, features);
        float[] values = new float[offsets[^1]];
        file.ReadSingles(file.Tensors["code_values"], 0, values);
        List<(int, int, float)> codes = [];
        for (int row = 0; row < rows; row++)
        {
            for (long entry = offsets[row]; entry < offsets[row + 1]; entry++)
            {
                codes.Add((row, (int)features[entry], values[entry]));
            }
        }

        return codes;
    }

    /// <summary>The positive numbers of the vectors: no linear function of them, and so no skip path's work.</summary>
    private static List<(int Row, int Feature, float Value)> Positive(SafetensorsFile file, int rows, int width)
    {
        float[] vectors = new float[rows * width];
        file.ReadSingles(file.Tensors["activations"], 0, vectors);
        return [.. vectors.Index().Where(pair => pair.Item > 0)
            .Select(pair => (pair.Index / width, pair.Index % width, pair.Item))];
    }

    /// <summary>Sums of three of 2·DIn random directions, so that there is something sparse to find.</summary>
    private static float[] Draw(int rows, int dIn, ulong seed, float scale)
    {
        RandomSequence random = new(seed, RandomPurpose.Synthesis);
        float[] directions = new float[2 * dIn * dIn];
        for (int i = 0; i < directions.Length; i++)
        {
            directions[i] = (float)random.NextNormal();
        }

        float[] activations = new float[rows * dIn];
        for (int row = 0; row < rows; row++)
        {
            for (int active = 0; active < 3; active++)
            {
                int direction = (int)random.NextInt64(2 * dIn);
                float strength = scale * (0.5f + random.NextSingle());
                for (int d = 0; d < dIn; d++)
                {
                    activations[(row * dIn) + d] += strength * directions[(direction * dIn) + d];
                }
            }
        }

        return activations;
    }
}
