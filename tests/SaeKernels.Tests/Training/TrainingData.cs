using System.Security.Cryptography;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Numerics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>A folder with sparse synthetic activations that is removed at the end of a test.</summary>
internal sealed class TrainingData : IDisposable
{
    public TrainingData(int rows, int dIn, ulong seed = 11, float scale = 1)
    {
        this.Folder = Directory.CreateTempSubdirectory("sae-training-").FullName;
        this.File = Path.Combine(this.Folder, "activations.safetensors");
        float[] activations = Draw(rows, dIn, seed, scale);
        SafetensorsWriter.Write(this.File, [TensorContent.Singles(
            "activations", [rows, dIn], (first, piece) => activations.AsSpan((int)first, piece.Length).CopyTo(piece))]);
    }

    public TrainingData(SyntheticSource source, int rows)
    {
        this.Folder = Directory.CreateTempSubdirectory("sae-training-").FullName;
        this.File = Path.Combine(this.Folder, "activations.safetensors");
        SyntheticFile.Write(this.File, source, rows);
    }

    public string Folder { get; }

    public string File { get; }

    public static string HashOfWeights(string run) =>
        Convert.ToHexString(SHA256.HashData(System.IO.File.ReadAllBytes(new RunFolder(run).ModelWeightsFile)));

    public string Run(string name) => Path.Combine(this.Folder, name);

    public ActivationStore Open() => ActivationStore.Open([this.File], new ActivationStoreOptions());

    public void Dispose() => Directory.Delete(this.Folder, recursive: true);

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
