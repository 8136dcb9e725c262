using System.Text.Json.Nodes;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests.Data.Synthetic;

public sealed class SyntheticFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Vectors_and_codes_are_those_of_the_source_across_the_pieces_of_a_file()
    {
        // 9,001 rows of 33 take more than one piece of 1 MiB, and no piece ends with a row.
        const int Samples = 9001;
        HierarchySource source = new(1, parents: 8, children: 2, dIn: 33);
        string path = this.folder.PathOf("data.safetensors");
        SyntheticFile.Write(path, source, Samples);

        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] activations = Singles(file, "activations");
        float[] values = Singles(file, "code_values");
        SyntheticRow code = new();
        float[] vector = new float[33];
        int entry = 0;
        for (int row = 0; row < Samples; row++)
        {
            source.Draw(row, code, vector);
            Assert.Equal(vector, activations.AsSpan(row * 33, 33).ToArray());
            Assert.Equal(code.Values.ToArray(), values.AsSpan(entry, code.Count).ToArray());
            entry += code.Count;
        }

        Assert.Equal(values.Length, entry);
        Assert.Equal(source.Truth.Rows.ToArray(), Singles(file, "dictionary"));
        Assert.Equal([Samples + 1L], file.Tensors["code_offsets"].Shape);
        Assert.Equal([(long)entry], file.Tensors["code_features"].Shape);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_one_others()
    {
        byte[][] files = [.. new ulong[] { 1, 1, 2 }.Select((seed, i) =>
        {
            string path = this.folder.PathOf($"{i}.safetensors");
            SyntheticFile.Write(path, new BounceSource(seed), 200);
            return File.ReadAllBytes(path);
        })];

        // The manifest's name is part of the header; what is drawn lies behind it, and both headers are as long.
        Assert.Equal(files[0][^20000..], files[1][^20000..]);
        Assert.NotEqual(files[0][^20000..], files[2][^20000..]);
    }

    [Fact]
    public void The_manifest_tells_how_to_draw_the_rows_again()
    {
        string path = this.folder.PathOf("data.safetensors");
        SyntheticFile.Write(path, new BounceSource(7, 20, 10, 2, 0.5), 30);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(SyntheticFile.ManifestPath(path)))!;

        Assert.Equal("bounce", (string?)manifest["generator"]);
        Assert.Equal(7, (int)manifest["seed"]!);
        Assert.Equal(30, (int)manifest["samples"]!);
        Assert.Equal(0.5, (double)manifest["parameters"]!["bias"]!);
        Assert.Equal(20, (int)manifest["parameters"]!["features"]!);
    }

    [Fact]
    public void A_normal_null_has_the_mean_and_covariance_of_its_model_and_no_truth()
    {
        const int Samples = 20_000;
        string model = this.folder.PathOf("model.safetensors");
        SyntheticFile.Write(model, new BounceSource(2, features: 6, dIn: 4, active: 2, bias: 2), Samples);
        string path = this.folder.PathOf("null.safetensors");
        using (ActivationStore store = ActivationStore.Open([model]))
        {
            SyntheticFile.Write(path, GaussianSource.Like(3, store, RowSet.All(store)), Samples);
        }

        using SafetensorsFile truth = SafetensorsFile.Open(model);
        using SafetensorsFile drawn = SafetensorsFile.Open(path);
        Assert.Equal(["activations"], drawn.Tensors.Keys);
        (double[] mean, double[] covariance) = Moments(Singles(truth, "activations"), 4);
        (double[] nullMean, double[] nullCovariance) = Moments(Singles(drawn, "activations"), 4);
        for (int i = 0; i < 4; i++)
        {
            double meanError = Math.Sqrt(covariance[(i * 4) + i] / Samples);
            Assert.InRange(nullMean[i] - mean[i], -4 * meanError, 4 * meanError);
            for (int j = 0; j < 4; j++)
            {
                // Var of a sample covariance of normal vectors: (σᵢᵢσⱼⱼ + σᵢⱼ²) / n.
                double product = covariance[(i * 4) + i] * covariance[(j * 4) + j];
                double cross = covariance[(i * 4) + j];
                double error = Math.Sqrt((product + (cross * cross)) / Samples);
                Assert.InRange(nullCovariance[(i * 4) + j] - cross, -4 * error, 4 * error);
            }
        }
    }

    public void Dispose() => this.folder.Dispose();

    private static float[] Singles(SafetensorsFile file, string name)
    {
        float[] numbers = new float[file.Tensors[name].ElementCount];
        file.ReadSingles(file.Tensors[name], 0, numbers);
        return numbers;
    }

    private static (double[] Mean, double[] Covariance) Moments(float[] rows, int width)
    {
        int count = rows.Length / width;
        double[] mean = new double[width];
        double[] covariance = new double[width * width];
        for (int row = 0; row < count; row++)
        {
            for (int i = 0; i < width; i++)
            {
                mean[i] += rows[(row * width) + i] / (double)count;
            }
        }

        for (int row = 0; row < count; row++)
        {
            for (int i = 0; i < width; i++)
            {
                for (int j = 0; j < width; j++)
                {
                    covariance[(i * width) + j] += (rows[(row * width) + i] - mean[i])
                        * (rows[(row * width) + j] - mean[j]) / count;
                }
            }
        }

        return (mean, covariance);
    }
}
