using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Cli;

/// <summary>Small activations that a model can learn, and the arguments of a quick run on them.</summary>
internal static class CliData
{
    public const int DIn = 8;
    public const int Vectors = 600;

    /// <summary>Writes vectors that are sums of two of twelve random directions.</summary>
    public static string Write(
        TestFolder folder, string name = "acts.safetensors", int dIn = DIn, int vectors = Vectors)
    {
        float[] values = Sample(dIn, vectors);
        string path = folder.PathOf(name);
        TensorContent tensor = TensorContent.Singles(
            "activations", [vectors, dIn], (first, to) => values.AsSpan((int)first, to.Length).CopyTo(to));
        if (Path.GetExtension(name) == ".npy")
        {
            NpyFile.Write(path, tensor);
        }
        else
        {
            SafetensorsWriter.Write(path, [tensor]);
        }

        return name;
    }

    /// <summary>Writes 300 vectors of 4 numbers so large that a run at a rate of 999 diverges.</summary>
    public static string WriteLarge(TestFolder folder, string name) =>
        WriteMatrix(folder, name, "activations", 300, 4, (row, column) => 1e18f * MathF.Sin((row * 7) + column));

    /// <summary>Writes a 2-D tensor of any name and content.</summary>
    public static string WriteMatrix(
        TestFolder folder, string name, string tensorName, int rows, int columns, Func<int, int, float> element)
    {
        SafetensorsWriter.Write(folder.PathOf(name), [
            TensorContent.Singles(tensorName, [rows, columns], (first, to) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] = element((int)(first + i) / columns, (int)(first + i) % columns);
                }
            }),
        ]);
        return name;
    }

    /// <summary>The arguments of a run that takes well under a second.</summary>
    public static List<string> QuickRun(string data, string output, params IEnumerable<string> more) =>
        ["train", "--data", data, "--out", output, "--device", "cpu", "--latents", "16", "--k", "3", "--batch", "32",
            "--steps", "20", .. more];

    /// <summary>Trains a quick run in the folder <c>run</c> and returns the name of its data.</summary>
    public static string TrainQuickRun(TestFolder folder, params IEnumerable<string> more)
    {
        string data = Write(folder);
        SaeProcess.Run(folder, QuickRun(data, "run", more)).AssertDone();
        return data;
    }

    private static float[] Sample(int dIn, int vectors)
    {
        RandomSequence random = new(20260101, RandomPurpose.General);
        float[] directions = new float[12 * dIn];
        for (int i = 0; i < directions.Length; i++)
        {
            directions[i] = (float)random.NextNormal();
        }

        float[] values = new float[vectors * dIn];
        for (int row = 0; row < vectors; row++)
        {
            for (int part = 0; part < 2; part++)
            {
                int direction = (int)random.NextInt64(12);
                for (int d = 0; d < dIn; d++)
                {
                    values[(row * dIn) + d] += directions[(direction * dIn) + d];
                }
            }
        }

        return values;
    }
}
